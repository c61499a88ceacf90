"""No page of one child shows another child's words, name or ids: planted everywhere, looked for on every page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.test import Client

from classwaves_admin.accounts.models import User
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog, Participant, School, Student
from classwaves_admin.warehouse.outbox import delivery
from retention.rules.held import rules_about_students
from tests.factories import catalog as make
from tests.factories import families, people

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.integration]

NAME = "Wolfram Q."
SAID = "Our seven parakeets escaped through the laundry"
WROTE = "Zanzibar umbrella parade tomorrow"
# What of the brother may stand on no page: names, words, and whatever is planted as his in a column of any name.
SECRETS = ("wolfram", "parakeets", "laundry", "zanzibar", "umbrella", "ratatouille")
OWN = "I counted eleven lighthouses"


@dataclass(frozen=True)
class Family:
    """Maya and her brother in one class, at one table and apart."""

    school: School
    maya: Student
    brother: Student
    ours: Participant
    theirs: Participant

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids that lead to the brother."""
        return self.brother.pk, self.theirs.pk


@pytest.fixture
def family(school: School) -> Family:
    """Plant the brother's name and words in every table and column that mixes children."""
    maya = make.student(school=school, display_name="Maya R.")
    brother = make.student(school=school, display_name=NAME, email="ratatouille@school.example")
    mother = families.guardian(maya)
    families.guardian(brother, email=mother.email)
    meeting = make.session(school=school, title=f"With {NAME}", description=SAID, total_students=2)
    group = make.group(session=meeting, name=f"Group of {NAME}", current_size=2)
    ours = make.participant(session=meeting, group=group, student=maya)
    theirs = make.participant(session=meeting, group=group, student=brother, anonymous_id="ratatouille-1")
    family = Family(school, maya, brother, ours, theirs)
    _of_sessions(family)
    _of_software(family)
    _of_the_office(family)
    return family


def _of_sessions(family: Family) -> None:
    meeting, group = family.ours.session, family.ours.group_id
    make.transcription(
        speaker=family.ours, content=f"{OWN}, didn’t I, Wolfram?", key_phrases=f'["{NAME}", "lighthouses"]'
    )
    make.transcription(speaker=family.theirs, content=SAID, key_phrases=WROTE)
    make.transcription(speaker=family.theirs, speaker_id=family.brother.pk, content=SAID)
    make.transcription(speaker=family.theirs, speaker_type="teacher", speaker_id="t", content=f"Thank you, {NAME}")
    make.recording(session=meeting, group_id=group, file_path=f"audio/{NAME}.wav", last_error=SAID)
    make.recording(session=meeting, group_id=group, participant=family.ours)
    his: dict[str, Any] = {
        "session": meeting,
        "sender_id": family.theirs.pk,
        "sender_type": "student",
        "content": WROTE,
    }
    make.message(recipient_id=family.ours.pk, subject=NAME, **his)
    make.message(recipient_id=group, **his)
    make.message(
        session=meeting,
        sender_id=family.ours.pk,
        sender_type="student",
        recipient_id=family.theirs.pk,
        content=f"No, {NAME}!",
    )
    made = {"reply_to": WROTE, "participant_id": family.theirs.pk}
    make.message(
        session=meeting, sender_id="t", recipient_id=family.ours.pk, content=f"Sit with {NAME}: “{SAID}”", metadata=made
    )
    direct = make.message(session=meeting, sender_id="t", recipient_id=family.maya.pk, content=f"Ask {NAME}")
    make.change(direct, session_id=None)


def _of_software(family: Family) -> None:
    meeting = family.ours.session
    parts = {"students": [{"participant_id": family.theirs.pk, "quote": WROTE}], NAME: WROTE}
    make.analysis(session=meeting, result_data=json.dumps(parts), analysis_type="ratatouille")
    make.insight(session=meeting, title=NAME, description=SAID)
    own = {"applies_to_type": "student", "applies_to_id": family.maya.pk}
    make.insight(
        session=meeting,
        title=f"After {NAME}",
        description=f"{SAID}, she heard.",
        recommendations=json.dumps(parts),
        **own,
    )
    make.insight(session=meeting, title=WROTE, applies_to_type="student", applies_to_id=family.theirs.pk)
    target = {"target_type": "student", "target_student_id": family.maya.pk}
    make.suggestion(session=meeting, reason=f"Wolfram said: {SAID}", suggested_action=f"Part her from {NAME}", **target)
    make.suggestion(session=meeting, reason=SAID, group_id=family.ours.group_id)
    make.student_metrics(participant=family.ours)
    make.student_metrics(participant=family.theirs)
    make.educational_metric(session=meeting, metric_name="ratatouille", metric_metadata={NAME: WROTE})


def _of_the_office(family: Family) -> None:
    school, maya = family.school, family.maya
    both = json.dumps([maya.pk, family.brother.pk])
    make.audit_row(
        school=school,
        affected_student_ids=both,
        description=f"{NAME} was seen",
        data_accessed=json.dumps({NAME: WROTE}),
    )
    data = json.dumps({"student": family.brother.pk, "note": WROTE})
    make.audit_row(school=school, resource_id=maya.pk, description=f"Beside {NAME}", data_accessed=data)
    make.audit_row(school=school, resource_id=maya.pk, data_accessed=f"not JSON, {NAME}", affected_student_ids=both)
    make.consent(student=maya, parent_name="Ana R.", ip_address="192.0.2.77", verification_token="ratatouille")
    make.coppa(student=maya)
    make.queued_notification(
        user_id=maya.pk, content=f"About Maya and {NAME}", template_data={"children": f"Maya, {NAME}"}
    )
    make.queued_notification(recipient_address="ana@home.example", content=f"About {NAME}")
    make.system_event(school_id=school.pk, user_id=maya.pk, message=f"Moved from {NAME}", error_details=SAID)


def pages(browser: Client, start: str) -> Iterator[tuple[str, str]]:
    """Yield every page that links lead to from one on, below it, with its address."""
    waiting, seen = [start], set()
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = browser.get(address)
        assert answer.status_code == 200, f"{address}: {answer.status_code}"
        page = unescape(answer.getvalue().decode(errors="replace"))
        yield address, page
        waiting += [link for link in re.findall(r'(?:href|src)="([^"#]+)"', page) if link.startswith(start)]


def offices(school: School) -> dict[str, User]:
    """Return a person of each role that sees the school."""
    make.district(pk="d-1")
    make.setting(school=school, key="district_id", value="d-1")
    return {
        "school": people.staff(school=school, email="office@harbour.example")[0],
        "district": people.member("district_admin", email="district@harbour.example", district="d-1"),
        "teacher": people.staff("teacher", school=school, email="teacher@harbour.example")[0],
        "auditor": people.member("auditor", email="a@audit.example", schools=(school.pk,), until=date(2100, 1, 1)),
    }


@pytest.mark.parametrize("role", ["school", "district"])
def test_no_page_shows_another_child(role: str, family: Family) -> None:
    """Every list and every row of what is held of Maya: her own words are there, nothing of her brother is."""
    browser, start = Client(), f"/students/{family.maya.pk}/held/"
    browser.force_login(offices(family.school)[role])
    found = dict(pages(browser, start))
    for address, page in found.items():
        shown = page.casefold()
        assert [secret for secret in (*SECRETS, *family.ids) if secret in shown] == [], address
    everything = "\n".join(found.values())
    for words in (OWN, "Another student spoke, 4 s", "Another student wrote it", "It is also about 1 other student"):
        assert words in everything
    lists = {address.removeprefix(start).split("/")[0] for address in found} - {""}
    with system_scope(reason="test"):
        assert lists == {rule.name for rule in rules_about_students() if rule.model._default_manager.exists()}
        delivery.deliver()
        events = AuditLog.objects.filter(affected_student_ids=json.dumps([family.maya.pk]))
        opened = set(events.exclude(resource_type="student").values_list("event_type", "resource_type"))
    assert {
        ("transcript.viewed", "sessions.transcriptions"),
        ("analysis.viewed", "analytics.student_metrics"),
    } <= opened
    assert ("student.viewed", "communication.messages") in opened


@pytest.mark.parametrize("role", ["teacher", "auditor"])
def test_who_does_not_see_students_opens_nothing(role: str, family: Family) -> None:
    """Teachers and auditors get no more than before: not the numbers, no list, no row."""
    browser, start = Client(), f"/students/{family.maya.pk}/held/"
    browser.force_login(offices(family.school)[role])
    for address in (start, f"{start}sessions.transcriptions/", f"{start}users.students/{family.maya.pk}/"):
        assert browser.get(address).status_code == 403


def test_the_brothers_rows_are_no_rows_of_hers(office: Client, family: Family) -> None:
    """His turn, his message and his results do not exist under her name, whoever sat beside whom."""
    his = make.transcription(speaker=family.theirs)
    numbers = make.student_metrics(participant=family.theirs)
    start = f"/students/{family.maya.pk}/held/"
    for address in (
        f"sessions.transcriptions/{his.pk}/",
        f"analytics.student_metrics/{numbers.pk}/",
        "users.teachers/",
    ):
        assert office.get(start + address).status_code == 404
