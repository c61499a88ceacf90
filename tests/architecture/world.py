"""The world in which addresses are walked: two schools, with a row of each kind that an address can name."""

from __future__ import annotations

import itertools
from datetime import date

from django.core.files.base import ContentFile
from django.core.files.storage import storages

from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.roles import Role
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.models import ClassroomSession, Participant, School, Student
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from consent.models import Guardianship
from retention.files import RECORDINGS
from tests.factories import (
    agreements,
    archives,
    campaigns,
    certificates,
    families,
    holds,
    inventory,
    keys,
    made,
    mails,
    notices,
    people,
    policies,
    requests,
    rosters,
    runs,
    seals,
    settings,
    support,
    system,
)
from tests.factories import catalog as make

OUR_CHILD, OTHER_CHILD = "Quillon Z.", "Xanthe W."


class World:
    """Two schools of two districts, each with a child and a person of every role."""

    def __init__(self) -> None:
        self._numbers = itertools.count(3)
        self.ours, our_child, self.people = self._school("d-ours", OUR_CHILD, "ours.example")
        self.other, other_child, _ = self._school("d-other", OTHER_CHILD, "other.example")
        self.parts = parts_of(self.ours, our_child)
        # A list of the whole installation has no row of another school.
        self.other_parts = parts_of(self.other, other_child) | {"subprocessor_id": "none-of-theirs"}

    @staticmethod
    def _school(district: str, child: str, domain: str) -> tuple[School, Student, dict[Role, User]]:
        make.district(pk=district)
        school = make.school(domain=domain)
        make.setting(school=school, key="district_id", value=district)
        student = make.student(school=school, display_name=child)
        make.coppa(student=student)
        make.consent(student=student)
        for given in (True, False):  # guardians who disagree
            make.consent(student=student, consent_type="ai_analysis", consent_given=given)
        meeting = make.session(school=school)
        make.participant(session=meeting, student=student)
        make.recording(session=meeting)
        until = date(2100, 1, 1)
        return (
            school,
            student,
            {
                Role.SUPER_ADMIN: people.member("super_admin", email=f"super@{domain}"),
                Role.DISTRICT_ADMIN: people.member("district_admin", email=f"office@{domain}", district=district),
                Role.SCHOOL_ADMIN: people.staff("admin", school=school, email=f"admin@{domain}")[0],
                Role.TEACHER: people.staff("teacher", school=school, email=f"teacher@{domain}")[0],
                Role.AUDITOR: people.member("auditor", email=f"audit@{domain}", schools=(school.pk,), until=until),
            },
        )

    def add_rows(self, number: int) -> None:
        """Add `number` rows of each kind that lists show: to our school, and to our child's record."""
        with inside(EVERYTHING):
            child = Student.objects.get(pk=self.parts["student_id"])
        for _ in range(number):
            other = make.student(school=self.ours)
            make.coppa(student=other)
            for student in (child, other):
                make.consent(student=student)
                families.guardian(student)
                families.authorization(student)
            make.audit_row(school=self.ours)
            make.audit_row(school=self.ours, event_type="disclosure.made", affected_student_ids=f'["{other.pk}"]')
            make.coppa(student=child)
            make.audit_row(school=self.ours, event_type="record.amended", resource_id=child.pk)
            notices.version(self.ours, state="retired", number=next(self._numbers))
            _seat(self.ours, other)
            campaigns.campaign(self.ours)
            made.made(self.ours)
            rosters.compared_import(self.ours, "Zelda Q.")
            policies.change(self.ours)
            policies.standard_change(self.ours)
            policies.move(self.ours)
            agreements.statement(self.ours)
            holds.hold(self.ours, student_id=other.pk)
            requests.request(other)
            archives.archive_file(self.ours)
            certificates.certificate(self.ours)
            runs.run(self.ours)
            system.job(self.ours)
            mails.outgoing(self.ours)
            mails.text(self.ours, state="past", number=next(self._numbers))
            mails.of_another_service(other.pk)
            system.background_job()
            system.event(self.ours)
            system.metric(self.ours)
            support.grant("d-ours")
            settings.setting_change(self.ours)
            inventory.subprocessor()
            make.teacher(school=self.ours)
            people.invitation("d-ours")
            people.review("d-ours")
            people.membership("district_admin", district="d-ours")
            with inside(EVERYTHING):
                meeting = ClassroomSession.objects.get(pk=self.parts["session_id"])
            make.participant(session=meeting, group=make.group(session=meeting), student=other)
            mine = make.participant(session=meeting, student=child)
            make.transcription(speaker=mine)
            make.transcription(session=meeting, speaker_id="somebody")
            make.message(session=meeting, sender_id=mine.pk)
            OutboxEntry.objects.create(
                unit="stuck", table="users.students", row_id=other.pk, operation="update", stuck_at=now()
            )


def _seat(school: School, student: Student) -> str:
    """Return a session in which the student sits in a group."""
    meeting = make.session(school=school)
    make.participant(session=meeting, group=make.group(session=meeting), student=student)
    return meeting.pk


def _of_the_office(student: Student) -> dict[str, str]:
    """Return the parts of the office's pages about a guardian."""
    with inside(EVERYTHING):
        guardian = families.guardian(student)
        tie = Guardianship.objects.get(guardian=guardian)
        return {
            "tie_id": tie.pk,
            "invitation_id": families.request(guardian, student).pk,
            "evidence_id": families.evidence(tie).pk,
            "form_id": families.paper_form(tie).pk,
            "consent_id": make.consent(student=student, parent_email="nobody@home.example").pk,
        }


def _of_notices(school: School) -> dict[str, str]:
    """Return the parts of the pages about a school's own notices."""
    version = notices.version(school, state="retired", number=2)
    notices.version(school, state="draft")
    return {"consent_type": version.consent_type, "version_id": version.pk}


def _of_district(school: School) -> dict[str, str]:
    """Return the parts of the pages about the defaults of a school's district."""
    change = policies.standard_change(school)
    return {
        "district_id": change.district_id,
        "standard_change_id": change.pk,
        "membership_id": people.membership("district_admin", district=change.district_id).pk,
        "review_id": people.review(change.district_id, school.pk).pk,
        "invited_id": people.invitation(change.district_id).pk,
        "grant_id": support.grant(change.district_id).pk,
    }


def parts_of(school: School, student: Student) -> dict[str, str]:
    """Make a row of each kind that an address can name, of this school and student; return the parts of addresses."""
    row = make.audit_row(school=school)
    families.guardian(student)  # whom the campaign can ask
    return _of_the_office(student) | {
        "session_id": _seat(school, student),
        "import_id": rosters.compared_import(school, student.display_name).pk,
        "student_id": student.pk,
        "school_id": school.pk,
        "event_id": row.pk,
        **_of_notices(school),
        "token": "made-up-token",
        "leftovers": ").",
        "language": "en",
        "entry_id": "1",
        "file": "none.log",
        "number": "1",
        "position": "1",
        "key_id": keys.api_key(school)[0].pk,
        "authorization_id": families.authorization(student).pk,
        "rest": "no/such/question",
        "staff_id": make.teacher(school=school).pk,
        "making_id": made.made(school).pk,
        "file_format": "csv",
        "disclosure_id": make.audit_row(
            school=school, event_type="disclosure.made", affected_student_ids=f'["{student.pk}"]'
        ).pk,
        "campaign_id": campaigns.campaign(school).pk,
        "search_id": "none-of-yours",
        "seal_id": seals.seal(school).pk,
        "policy_type": "transcripts",
        "agreement": "ferpa",
        "move_id": policies.move(school).pk,
        "change_id": policies.change(school).pk,
        **_of_district(school),
        "hold_id": holds.hold(school, student_id=student.pk).pk,
        "request_id": requests.request(student).pk,
        "file_id": archives.archive_file(school).pk,
        "run_id": runs.run(school).pk,
        "certificate_id": certificates.certificate(school).pk,
        "system_event_id": system.event(school).pk,
        "group": "reminders",
        "colour": "1a4480",
        "digest": "0" * 64,
        "key": settings.setting_change(school).key,
        **_held_of(school, student),
        **_mails_of(school, student),
        "subprocessor_id": inventory.subprocessor().pk,
    }


def _mails_of(school: School, student: Student) -> dict[str, str]:
    """Return the parts of the pages about mails and their texts."""
    return {
        "mail_kind": "consent.invitation",
        "mail_id": mails.outgoing(school).pk,
        "text_id": mails.text(school, state="past", number=1).pk,
        "notification_id": mails.of_another_service(student.pk).pk,
    }


def _held_of(school: School, student: Student) -> dict[str, str]:
    """Return the parts of the pages about what is held of the student."""
    with inside(EVERYTHING):
        seat = Participant.objects.get(session_id=_seat(school, student))
        meeting = ClassroomSession.objects.get(pk=seat.session_id)
    path = storages[RECORDINGS].save("walk/alone.wav", ContentFile(b"RIFF"))
    alone = make.recording(session=meeting, participant=seat, format="wav", file_path=path)
    return {
        "recording_id": alone.pk,
        "turn_id": make.transcription(speaker=seat).pk,
        "table": "communication.messages",
        "row_id": make.message(session=meeting, sender_id=seat.pk, sender_type="student").pk,
        "result_table": "ai_insights.educational_insights",
        "result_id": make.insight(session=meeting, applies_to_type="student", applies_to_id=student.pk).pk,
    }
