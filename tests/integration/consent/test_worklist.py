"""What needs a person: found, shown, settled, set right."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from classwaves_admin.lib.actor import system
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import AuditLog, ParentalConsent, School, Student
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from consent.actions.check_flags import check_flags, repair_flags
from consent.actions.meanwhile import ChangedMeanwhile
from consent.actions.settle import NothingToSettle, settle_conflict, settle_recording
from consent.models import MatchedSigner, RightsTransfer, Settlement
from consent.queries.disagreement import disagreement_of, seen_as
from consent.queries.recorded import recorded_students
from consent.queries.unmatched import waiting_of, waiting_signers
from consent.queries.worklist import worklist
from consent.rules.settling import Reason
from consent.rules.worklist import Matter
from consent.views import worklist as worklist_page
from consent.vocabulary import ConsentType
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import ADMIN, reloaded

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "warehouse"], transaction=True)]
JOB = system("consent")


def disagree(child: Student, kind: ConsentType = ConsentType.AUDIO) -> None:
    """Save a yes to everything that recording needs and a no to one type."""
    families.consents(child)
    make.consent(student=child, consent_type=kind.value, consent_given=False, relationship="father", verified_at=None)


def matters() -> dict[Matter, list[str]]:
    """Return the ids of the students of each matter with any."""
    return {matter: [line.student_id for line in lines] for matter, lines in worklist(now()).items.items() if lines}


def recorded(child: Student, school: School, **given: Any) -> None:
    """Save a recording of a session in which the child took part."""
    meeting = make.session(school=school)
    make.participant(session=meeting, student=child)
    make.recording(session=meeting, **given)


def events(name: str) -> list[AuditLog]:
    """Return the events of that name."""
    return list(AuditLog.objects.filter(event_type=name))


def test_a_disagreement_is_settled_for_the_refusal(school: School, child: Student) -> None:
    """The consent ends, the flag falls, the paper stays in the portal and the code of the reason in the log."""
    disagree(child)
    check_flags(by=JOB, now=now())
    assert matters() == {Matter.CONFLICT: [child.id]}
    settle_conflict(
        student=child,
        types=[ConsentType.AUDIO, ConsentType.AI],
        consent_stands=False,
        reason=Reason.COURT_ORDER,
        reference="Order 12-345",
        seen=seen_as(disagreement_of(child, now())),
        by=ADMIN,
        now=now(),
    )
    assert matters() == {}
    assert not reloaded(child).audio_recording_consent
    (event,) = events("consent.revoked")
    assert '"reason": "court_order"' in str(event.data_accessed)
    assert "12-345" not in str(event.data_accessed)
    assert Settlement.objects.get().reference == "Order 12-345"


def test_a_disagreement_is_settled_for_the_consent(school: School, child: Student) -> None:
    """The refusal ends, keeping all that it said, and the flag rises last of all."""
    disagree(child)
    with transaction.atomic():
        settle_conflict(
            student=child,
            types=[ConsentType.AUDIO],
            consent_stands=True,
            reason=Reason.AGREED,
            reference="Call of 3 March",
            seen=seen_as(disagreement_of(child, now())),
            by=ADMIN,
            now=now(),
        )
        order = list(OutboxEntry.objects.order_by("id").values_list("table", flat=True))
    assert order[-1] == "users.students"
    assert reloaded(child).audio_recording_consent
    refusal = ParentalConsent.objects.get(consent_given=False)
    assert refusal.revoked_at is not None
    assert refusal.consent_type == ConsentType.AUDIO


def test_what_is_settled_is_not_settled_again(child: Student) -> None:
    """Two people press the button: the second hears that nobody disagrees any more, and nothing is written."""
    disagree(child)
    settle: dict[str, Any] = {
        "student": child,
        "types": [ConsentType.AUDIO],
        "reason": Reason.AGREED,
        "reference": "x",
        "seen": seen_as(disagreement_of(child, now())),
        "by": ADMIN,
        "now": now(),
    }
    settle_conflict(consent_stands=True, **settle)
    with pytest.raises(NothingToSettle):
        settle_conflict(consent_stands=False, **settle)
    assert len(events("consent.revoked")) == Settlement.objects.count() == 1


def test_an_answer_that_nobody_has_seen_is_not_settled(school: School, child: Student, office: Client) -> None:
    """A refusal comes while the page is open: it is shown with what was typed, and ends only when it was seen."""
    disagree(child)
    address = reverse("disagreement", args=[child.id])
    seen = office.get(address).context["form"]["seen"].value()
    typed = {"types": "audio_recording", "stands": "consent", "reason": "agreed", "reference": "Call 7", "seen": seen}
    late = make.consent(
        student=child,
        consent_type=ConsentType.AUDIO.value,
        consent_given=False,
        relationship="mother",
        verified_at=None,
    )
    page = office.post(address, typed)
    assert page.status_code == 409
    assert b"Call 7" in page.content
    assert not Settlement.objects.exists()
    with pytest.raises(ChangedMeanwhile):
        settle_conflict(
            student=child,
            types=[ConsentType.AUDIO],
            consent_stands=True,
            reason=Reason.AGREED,
            reference="x",
            seen=seen,
            by=ADMIN,
            now=now(),
        )
    typed["seen"] = page.context["form"]["seen"].value()
    assert office.post(address, typed).status_code == 302
    assert ParentalConsent.objects.get(pk=late.pk).revoked_at


def test_flags_that_drifted_are_set_right_at_night(school: School, child: Student) -> None:
    """Flags without a consent fall, a consent without its flag raises it; right ones are left alone."""
    make_believe = make.student(school=school, has_parental_consent=True, audio_recording_consent=True)
    consenting = make.student(school=school)
    families.consents(consenting)
    assert sorted(matters()[Matter.DRIFT]) == sorted([make_believe.id, consenting.id])
    assert check_flags(by=JOB, now=now()) == 2
    assert not reloaded(make_believe).has_parental_consent
    assert reloaded(consenting).audio_recording_consent
    assert matters() == {}
    assert {event.resource_id for event in events("record.amended")} == {make_believe.id, consenting.id}
    assert check_flags(by=JOB, now=now()) == 0


def test_flags_on_their_way_are_late_and_not_wrong(school: School, child: Student) -> None:
    """While the catalog waits for a student's flags nobody corrects them."""
    families.consents(child)
    OutboxEntry.objects.create(
        unit="late", table="users.students", row_id=child.id, operation="update", payload={}, stuck_at=now()
    )
    assert matters() == {}
    assert check_flags(by=JOB, now=now()) == repair_flags(student_ids=[child.id], by=JOB, now=now()) == 0


def test_a_recording_concerns_those_who_are_in_it(school: School) -> None:
    """Of a session everybody, of a group its members, of one participant them alone; others are left alone."""
    meeting = make.session(school=school)
    one, two = make.group(session=meeting), make.group(session=meeting)
    ana, ben, cem = (make.student(school=school) for _ in range(3))
    seat = make.participant(session=meeting, student=ana, group=one)
    make.participant(session=meeting, student=ben, group=one)
    make.participant(session=meeting, student=cem, group=two)
    since = now() - timedelta(days=1)
    make.recording(session=meeting, participant=seat)
    assert set(recorded_students(since)) == {ana.id}
    make.recording(session=meeting, group=one)
    assert set(recorded_students(since)) == {ana.id, ben.id}
    make.recording(session=meeting)
    found = recorded_students(since)
    assert {key: len(times) for key, times in found.items()} == {ana.id: 3, ben.id: 2, cem.id: 1}
    assert recorded_students(now() + timedelta(days=1)) == {}


def test_recorded_without_consent_until_it_is_handled(school: School, child: Student, office: Client) -> None:
    """The line stays until the office notes how it was handled, and a later recording brings it back."""
    recorded(child, school, created_at=now() - timedelta(hours=2))
    assert matters() == {Matter.RECORDED: [child.id]}
    address = reverse("recorded-without-consent", args=[child.id])
    seen = office.get(address).context["form"]["seen"].value()
    assert office.post(address, {"reference": "", "seen": seen}).status_code == 422
    assert office.post(address, {"reference": "Incident 7", "seen": seen}).status_code == 302
    assert matters() == {}
    recorded(child, school)
    assert matters() == {Matter.RECORDED: [child.id]}


def test_a_recording_without_consent_stays_when_the_student_leaves(school: School) -> None:
    """The voice is still there (16 CFR 312.10); nothing else about somebody who left needs a person."""
    gone, never = (make.student(school=school, status="inactive", has_parental_consent=True) for _ in range(2))
    recorded(gone, school)
    families.guardian(gone, bounced_at=now(), bounce_code="hard")
    make.consent(student=gone, parent_email="nobody@home.example", consent_type="ai_analysis")
    families.consents(never)
    assert matters() == {Matter.RECORDED: [gone.id]}
    assert worklist(now()).unknown_signers == 0
    settle_recording(student=gone, up_to=now(), reference="Incident 7", by=ADMIN, now=now())
    assert matters() == {}


def test_the_page_counts_the_signers_whom_nobody_knows(school: School, child: Student, office: Client) -> None:
    """As many as their own page lists, of every type of consent, with no more questions to the catalog."""
    guardian = families.guardian(child)
    stranger: dict[str, Any] = {"student": child, "parent_name": "Rosa Diaz", "parent_email": "rosa@home.example"}
    for kind in ("audio_recording", "ai_analysis", "ferpa_disclosure"):
        make.consent(consent_type=kind, **stranger)
    make.consent(consent_type="media_release", **(stranger | {"parent_name": "Ana Diaz"}))
    make.consent(student=child, parent_email=guardian.email)
    known = make.consent(student=child, parent_email="known@home.example", consent_type="third_party_disclosure")
    MatchedSigner.objects.create(
        school_id=school.id, guardian=guardian, student_id=child.id, consent_id=known.id, matched_by="teacher-1"
    )
    assert worklist(now()).unknown_signers == len(waiting_of(waiting_signers(now()), now())) == 2
    office.get(reverse("worklist"))
    with CaptureQueriesContext(connections["warehouse"]) as asked:
        page = office.get(reverse("worklist")).content.decode()
    assert sum(query["sql"].lstrip("( ").startswith("SELECT") for query in asked.captured_queries) <= 3
    assert "Signer not known (2)" in page


def test_a_recording_that_nobody_has_seen_is_not_handled(school: School, child: Student, office: Client) -> None:
    """What was made since the page was opened is shown first; so is a page that cannot have been ours."""
    recorded(child, school, created_at=now() - timedelta(hours=2))
    address = reverse("recorded-without-consent", args=[child.id])
    seen = office.get(address).context["form"]["seen"].value()
    recorded(child, school)
    typed = {"reference": "Incident 7", "seen": seen}
    for mark in ("", "never", seen):
        page = office.post(address, typed | {"seen": mark})
        assert page.status_code == 409
        assert b"Incident 7" in page.content
    assert matters() == {Matter.RECORDED: [child.id]}
    shown = office.post(address, typed).context["form"]["seen"].value()
    assert office.post(address, typed | {"seen": shown}).status_code == 302
    assert matters() == {}


def test_what_the_portal_itself_knows_is_on_the_list(school: School, child: Student) -> None:
    """Mail that came back, a relationship nobody stated, and a student who turned 18 without being asked."""
    ben, cem = make.student(school=school), make.student(school=school)
    families.guardian(child, bounced_at=now(), bounce_code="hard")
    families.guardian(ben, relationship="")
    families.guardian(ben, relationship="", email="")
    families.guardian(ben, relationship="", restricted=True)
    RightsTransfer.objects.create(school_id=school.id, student_id=cem.id, not_invited="no_address")
    RightsTransfer.objects.create(school_id=school.id, student_id="somebody who left")
    assert matters() == {Matter.BOUNCED: [child.id], Matter.AUTHORITY: [ben.id], Matter.ADULT: [cem.id]}


def test_the_page_shows_one_matter_and_counts_all(
    school: School, child: Student, office: Client, settings: Any
) -> None:
    """The most pressing matter is open, the others are numbers that lead to theirs; three questions to the catalog."""
    disagree(child)
    recorded(make.student(school=school, display_name="Ben F."), school)
    office.get(reverse("worklist"))
    with CaptureQueriesContext(connections["warehouse"]) as asked:
        page = office.get(reverse("worklist")).content.decode()
    assert sum(query["sql"].lstrip("( ").startswith("SELECT") for query in asked.captured_queries) <= 3
    assert "Ben F." in page
    assert child.display_name not in page
    assert child.display_name in office.get(reverse("worklist"), {"matter": "conflict"}).content.decode()
    assert "Ben F." in office.get(reverse("worklist"), {"matter": "<nonsense>"}).content.decode()


def test_every_line_of_a_matter_can_be_reached(school: School, office: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who cannot be settled, such as a consent that ends with the school year, keeps nobody else out of sight."""
    monkeypatch.setattr(worklist_page, "MOST_SHOWN", 2)
    names = [f"Kim {letter}." for letter in "ABCDE"]
    for name in names:
        families.guardian(make.student(school=school, display_name=name), bounced_at=now(), bounce_code="hard")
    seen, address = [], reverse("worklist")
    while address:
        page = office.get(address)
        seen += [line.name for line in page.context["lines"]]
        address = page.context["next_url"]
    assert seen == names
    assert [line.name for line in office.get(reverse("worklist"), {"cursor": "99"}).context["lines"]] == names[-1:]


def test_a_recording_of_long_ago_waits_until_it_is_handled(school: School, child: Student) -> None:
    """It does not become right by getting old (16 CFR 312.10): as long as the catalog has it, the office is told."""
    recorded(child, school, created_at=now() - timedelta(days=300))
    assert matters() == {Matter.RECORDED: [child.id]}


def test_a_kept_list_shows_nothing_that_was_settled(
    school: School, child: Student, office: Client, settings: Any
) -> None:
    """Of a large district the list is kept: its lines are looked at again, its numbers say of when they are."""
    settings.COUNTS_KEPT_FROM_SECONDS = 0
    recorded(child, school)
    recorded(make.student(school=school, display_name="Ben F."), school)
    address = reverse("worklist")
    office.get(address)
    settle_recording(student=child, up_to=now(), reference="Incident 7", by=ADMIN, now=now())
    with CaptureQueriesContext(connections["warehouse"]) as asked:
        page = office.get(address).content.decode()
    assert sum(query["sql"].lstrip("( ").startswith("SELECT") for query in asked.captured_queries) <= 3
    assert "Count anew" in page
    assert "Ben F." in page
    assert child.display_name not in page
    assert "Count anew" not in office.get(f"{address}?anew").content.decode()


def test_the_page_of_a_disagreement_keeps_what_was_typed(child: Student, office: Client) -> None:
    """A form that lacks something says so and loses nothing; a whole one settles; then there is nothing to settle."""
    disagree(child)
    address = reverse("disagreement", args=[child.id])
    assert list(disagreement_of(child, now())) == [ConsentType.AUDIO]
    answer = office.get(address)
    seen, page = answer.context["form"]["seen"].value(), answer.content.decode()
    assert "guardian" in page
    assert "@" not in page.partition("<main")[2].partition("</main>")[0]
    whole = {
        "types": "audio_recording",
        "stands": "refusal",
        "reason": "agreed",
        "reference": "Order 9",
        "seen": seen,
    }
    lacking = office.post(address, whole | {"reason": ""})
    assert (lacking.status_code, "Order 9" in lacking.content.decode()) == (422, True)
    assert office.post(address, whole).status_code == 302
    assert "do not disagree" in office.get(address, follow=True).content.decode()


def test_one_flag_is_set_right_from_the_page(child: Student, office: Client) -> None:
    """The button repairs the student that it names, and those of another school not at all."""
    other = make.student(has_parental_consent=True)
    families.consents(child)
    answer = office.post(reverse("worklist-flags"), {"student": [child.id, other.id, "nobody\0"]}, follow=True)
    assert "The flags of 1 student are right again." in answer.content.decode()
    assert reloaded(child).has_parental_consent
    assert reloaded(other).has_parental_consent


def test_settling_a_recording_is_audited_without_the_paper(child: Student) -> None:
    """The log has the code; the reference stays in the portal."""
    settle_recording(student=child, up_to=now(), reference="Incident 7", by=ADMIN, now=now())
    (event,) = events("record.amended")
    assert "incident" in str(event.data_accessed)
    assert "7" not in str(event.data_accessed)
