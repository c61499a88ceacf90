"""A district's default is changed: counted school by school, seen, made; no school's own row is written over."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings

from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.inventory.periods import Periods
from classwaves_admin.warehouse.models import AuditLog, RetentionPolicy, School
from consent.queries.notices import school_facts
from retention.actions.changes import DecidedByDistrict, PolicyMoved, SecondPerson, make_change
from retention.actions.standards import ask_standard, make_standard, parts_of
from retention.models import ChangeState, DistrictStandard, StandardChange
from retention.queries.policies import policies_of
from retention.rules.in_force import Finding, Source, Standard
from tests.factories import catalog as make
from tests.factories import people
from tests.factories import policies as factory

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]
KIND = Retention.TRANSCRIPTS
BY, ANOTHER = Actor("district-1", ActorType.ADMIN), Actor("district-2", ActorType.ADMIN)
TYPED = {"archive": "", "retain": "100", "delete": "120", "ground": "Board policy", "reason": "One rule for all."}


@pytest.fixture
def district(school: School) -> str:
    """Return a district with the school in it."""
    pk = make.district(name="Bay District").pk
    make.setting(school=school, key="district_id", value=pk)
    return pk


def second_school(district: str) -> School:
    """Save another school of the district, with a policy of its own."""
    other = make.school(name="Hill School")
    make.setting(school=other, key="district_id", value=district)
    make.retention_policy(school=other, policy_type=KIND.value, retention_days=50, delete_after_days=60)
    return other


def asked(district: str, *, locked: bool = False, days: int = 120) -> StandardChange:
    """Ask for a default of 100 days of use and let it be counted in each school."""
    standard = Standard(Periods(None, 100, days), "Board policy", auto_delete=False, locked=locked)
    change = ask_standard(
        district_id=district, kind=KIND, standard=standard, reason="One rule for all.", by=BY, now=now()
    )
    for part in parts_of(change):
        running.run(Job.objects.get(subject_id=part.pk).pk)
    return change


def test_a_default_holds_where_the_school_has_none(district: str, school: School) -> None:
    """Only the school without a policy of its own is changed and counted; no row of the catalog is written."""
    other = second_school(district)
    meeting = make.session(school=school)
    for age in (10, 121, 200, 400):
        make.transcription(session=meeting, created_at=now() - timedelta(days=age))
    change = asked(district)
    [part] = parts_of(change)
    assert (part.school_id, part.counted_at is not None) == (school.pk, True)
    [numbers] = part.numbers.values()
    assert (numbers["delete"][0], numbers["already"]) == (3, 1)
    assert policies_of(school.pk).held[KIND].source is Source.DEFAULT
    before = list(RetentionPolicy.objects.values())
    make_standard(change=change, by=BY, now=now())
    held = policies_of(school.pk).held[KIND]
    assert (held.source, held.periods.delete) == (Source.DISTRICT, 120)
    assert policies_of(other.pk).held[KIND].source is Source.SCHOOL
    assert list(RetentionPolicy.objects.values()) == before
    event = AuditLog.objects.get(event_type="retention.policy_changed")
    assert event.school_id == school.pk
    told = json.loads(event.data_accessed or "")
    assert (told["district"], told["schools"], told["rows_past_their_end"]) == (district, 1, 3)
    assert "One rule" not in (event.data_accessed or "")


def test_a_lock_holds_over_a_schools_own_row(district: str, school: School) -> None:
    """The school's row stays as it is and is named as another; its administrators cannot change it any more."""
    other = second_school(district)
    change = asked(district, locked=True)
    assert {part.school_id for part in parts_of(change)} == {school.pk, other.pk}
    make_standard(change=change, by=BY, now=now())
    held = policies_of(other.pk).held[KIND]
    assert (held.source, held.periods.delete) == (Source.LOCKED, 120)
    assert Finding.NOT_AS_LOCKED in held.findings
    assert RetentionPolicy.objects.get().delete_after_days == 60


def test_what_moved_meanwhile_is_never_written_over(district: str, school: School) -> None:
    """Another row, another default, another school in the district: each asks for new numbers."""
    change, rival = asked(district, locked=True), asked(district, days=200)
    make_standard(change=rival, by=BY, now=now())
    with pytest.raises(PolicyMoved):
        make_standard(change=change, by=BY, now=now())
    change = asked(district, locked=True)
    make.retention_policy(school=school, policy_type=KIND.value, retention_days=30, delete_after_days=40)
    with pytest.raises(PolicyMoved):
        make_standard(change=change, by=BY, now=now())
    change = asked(district, locked=True)
    second_school(district)
    with pytest.raises(PolicyMoved):
        make_standard(change=change, by=BY, now=now())
    assert DistrictStandard.objects.get().says["periods"]["delete"] == 200


def test_rows_of_all_schools_together_need_a_second_person(district: str, school: School, settings: Settings) -> None:
    """Two schools with two rows each are four rows at once."""
    settings.RETENTION_SECOND_PERSON_ROWS = 3
    other = make.school()
    make.setting(school=other, key="district_id", value=district)
    for one in (school, other):
        meeting = make.session(school=one)
        for age in (150, 200):
            make.transcription(session=meeting, created_at=now() - timedelta(days=age))
    change = asked(district)
    with pytest.raises(SecondPerson):
        make_standard(change=change, by=BY, now=now())
    make_standard(change=change, by=ANOTHER, now=now())
    assert policies_of(other.pk).held[KIND].source is Source.DISTRICT


def test_a_schools_part_is_decided_with_the_district(district: str, school: School) -> None:
    """Neither way leads around the district's own page."""
    change = asked(district)
    [part] = parts_of(change)
    with pytest.raises(DecidedByDistrict):
        make_change(change=part, by=factory.BY, now=now())
    make_standard(change=change, by=BY, now=now())
    part.refresh_from_db()
    assert (part.state, part.decided_by) == (ChangeState.MADE, BY.id)


@pytest.fixture
def head_office(district: str) -> Client:
    """Return the browser of an administrator of the district."""
    client = Client()
    client.force_login(people.member("district_admin", email="head@bay.example", district=district))
    return people.confirmed(client)


def test_a_district_decides_for_its_schools(head_office: Client, office: Client, district: str, school: School) -> None:
    """Typed, counted, made by the page; the school's page says whose decision holds and offers no change."""
    place = f"/retention/districts/{district}/"
    answer = head_office.post(f"{place}transcripts/edit/", TYPED | {"locked": "on"})
    change = StandardChange.objects.get()
    assert answer["Location"] == f"/retention/districts/changes/{change.pk}/"
    waiting = head_office.get(answer["Location"]).content.decode()
    assert "Not counted yet" in waiting
    assert "Make the change" not in waiting
    for part in parts_of(change):
        running.run(Job.objects.get(subject_id=part.pk).pk)
    page = head_office.get(answer["Location"]).content.decode()
    assert "1 school would keep these data for another time." in page
    assert "395 → 120" in page
    part_page = office.get(f"/retention/changes/{parts_of(change)[0].pk}/").content.decode()
    assert "It is decided for all schools together." in part_page
    assert "Make the change" not in part_page
    assert head_office.post(f"{answer['Location']}make/")["Location"] == place
    assert "Decided for every school" in head_office.get(place).content.decode()
    page = office.get(f"/retention/schools/{school.pk}/").content.decode()
    assert "Decided by the district" in page
    assert "10 of 11 kinds of data have a finding" in page
    assert f"/retention/schools/{school.pk}/transcripts/edit/" not in page
    assert "One rule for all." in office.get(f"/retention/schools/{school.pk}/transcripts/").content.decode()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"reason": " "}, "This field is required"),
        ({"delete": "90"}, "Delete after 90 days is sooner than keep for 100 days."),
        ({"ground": "other"}, "Write the legal basis"),
    ],
)
def test_what_cannot_be_a_default_is_said_at_the_field(
    head_office: Client, district: str, typed: dict[str, str], words: str
) -> None:
    """Nothing is asked for, and what was typed is still there."""
    answer = head_office.post(f"/retention/districts/{district}/transcripts/edit/", TYPED | typed)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not StandardChange.objects.exists()


def test_a_schools_office_reads_what_binds_it_and_changes_nothing(office: Client, district: str) -> None:
    """Its district's page is open to it, another district's does not exist, and deciding is refused."""
    change = asked(district)
    other = make.district().pk
    assert office.get("/retention/districts/")["Location"] == f"/retention/districts/{district}/"
    assert "Change<span" not in office.get(f"/retention/districts/{district}/").content.decode()
    assert office.get(f"/retention/districts/{other}/").status_code == 404
    assert office.post(f"/retention/districts/changes/{change.pk}/make/").status_code == 403
    assert not DistrictStandard.objects.exists()


def test_parents_read_what_retention_goes_by(district: str, school: School) -> None:
    """A lock, the limit for children under 13 and the sooner of two contradicting days stand in notices too."""
    make.coppa(student=make.student(school=school), is_under_13=True)
    for kind, days in ((KIND, 3_000), (Retention.AI_ANALYSES, 2_000)):
        make.retention_policy(school=school, policy_type=kind.value, retention_days=days, delete_after_days=days)
    make_standard(change=asked(district, locked=True), by=BY, now=now())
    told = school_facts(school.pk).days
    assert told == {kind.value: held.periods.delete for kind, held in policies_of(school.pk).held.items()}
    assert (told[KIND], told[Retention.AI_ANALYSES]) == (120, 395)


def test_a_period_that_cannot_hold_is_not_told(school: School) -> None:
    """Somebody mends the school's row before parents read another period than it states."""
    make.retention_policy(school=school, policy_type=KIND.value, retention_days=0, delete_after_days=-1)
    assert school_facts(school.pk).days[KIND] == 0
