"""A school moves between districts: what their defaults mean for its data is counted, seen, and then made."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from classwaves_admin.accounts.models import Membership, User
from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.clock import now
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.schools.queries import districts_of
from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.inventory.periods import Periods
from classwaves_admin.warehouse.models import AuditLog, School, SchoolSetting
from retention.actions.changes import DecidedByDistrict, PolicyMoved, SecondPerson, make_change
from retention.actions.moves import AlreadyThere, NotTheirWord, agree_to_move, ask_move, make_move, parts_of_move
from retention.models import ChangeState, DistrictStandard, PolicyChange, SchoolMove
from retention.queries.policies import policies_of
from retention.rules.in_force import Source, Standard
from tests.factories import catalog as make
from tests.factories import people, policies, support
from tests.factories.policies import SOMEBODY

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]
KIND = Retention.TRANSCRIPTS
BY, ANOTHER = Actor("teacher-1", ActorType.ADMIN), Actor("super-2", ActorType.ADMIN)


@pytest.fixture
def home(school: School) -> str:
    """Return a district without defaults, with the school in it, named by two rows as other services write them."""
    cache.clear()
    pk = make.district(name="Old District").pk
    make.setting(school=school, key="district_id", value="d-older")
    make.setting(school=school, key="district_id", value=pk)
    return pk


@pytest.fixture
def goal() -> str:
    """Return a district that keeps transcripts for 120 days in every school."""
    pk = make.district(name="New District").pk
    standard = Standard(Periods(None, 100, 120), "Board policy", auto_delete=True, locked=True)
    DistrictStandard.objects.create(district_id=pk, policy_type=KIND.value, says=standard.as_json())
    return pk


def old_words(school: School) -> None:
    """Save a transcript of 10, of 200 and of 400 days."""
    meeting = make.session(school=school)
    for age in (10, 200, 400):
        make.transcription(session=meeting, created_at=now() - timedelta(days=age))


def test_a_move_is_counted_and_then_made(school: School, home: str, goal: str) -> None:
    """Its numbers are there before; then one row names the new district, its lock holds, and the log tells it."""
    old_words(school)
    move = policies.move(school, goal)
    [part] = parts_of_move(move)
    [numbers] = part.numbers.values()
    assert (part.policy_type, numbers["delete"][0], numbers["already"]) == (KIND.value, 2, 1)
    assert districts_of([school.pk]) == {school.pk: home}
    make_move(move=move, user=SOMEBODY, by=BY, now=now())
    [row] = SchoolSetting.objects.filter(school_id=school.pk, setting_key="district_id")
    assert row.setting_value == goal
    assert districts_of([school.pk]) == {school.pk: goal}
    held = policies_of(school.pk).held[KIND]
    assert (held.source, held.periods.delete) == (Source.LOCKED, 120)
    assert PolicyChange.objects.get().state == ChangeState.MADE
    told = [json.loads(row.data_accessed or "{}") for row in AuditLog.objects.order_by("event_timestamp", "id")]
    [moved] = [one for one in told if one.get("step") == "moved"]
    assert (moved["before"], moved["after"]) == ({"district": home}, {"district": goal})
    assert "board has decided" not in json.dumps(told)


def test_a_school_leaves_for_no_district_and_comes_back(school: School, home: str) -> None:
    """Out of its district it has none; into it again, a new row says so."""
    make_move(move=policies.move(school, ""), user=SOMEBODY, by=BY, now=now())
    assert districts_of([school.pk]) == {school.pk: ""}
    assert not SchoolSetting.objects.filter(setting_key="district_id").exists()
    with pytest.raises(AlreadyThere):
        ask_move(school_id=school.pk, to_district="", reason="x", user=SOMEBODY, by=BY, now=now())
    make_move(move=policies.move(school, home), user=SOMEBODY, by=BY, now=now())
    assert districts_of([school.pk]) == {school.pk: home}


def test_what_moved_meanwhile_is_never_written_over(school: School, home: str, goal: str) -> None:
    """Another district, another default, another policy of the school: each asks for new numbers."""
    move, rival = policies.move(school, goal), policies.move(school, "")
    make_move(move=rival, user=SOMEBODY, by=BY, now=now())
    with pytest.raises(PolicyMoved):
        make_move(move=move, user=SOMEBODY, by=BY, now=now())
    move = policies.move(school, goal)
    DistrictStandard.objects.all().delete()
    with pytest.raises(PolicyMoved):
        make_move(move=move, user=SOMEBODY, by=BY, now=now())
    assert districts_of([school.pk]) == {school.pk: ""}


def test_many_rows_at_once_need_another_person(school: School, home: str, goal: str, settings: Settings) -> None:
    """Who asked cannot confirm; a part of a move is not decided by itself."""
    settings.RETENTION_SECOND_PERSON_ROWS = 0
    old_words(school)
    move = policies.move(school, goal)
    with pytest.raises(SecondPerson):
        make_move(move=move, user=SOMEBODY, by=BY, now=now())
    with pytest.raises(DecidedByDistrict):
        make_change(change=parts_of_move(move)[0], by=ANOTHER, now=now())
    make_move(move=move, user=SOMEBODY, by=ANOTHER, now=now())
    assert SchoolMove.objects.get().state == ChangeState.MADE


def test_a_district_administrator_takes_a_school_out_by_hand(school: School, home: str, goal: str) -> None:
    """She sees her own districts and "none" to choose from, what it means in numbers, and loses the school."""
    hers = Client()
    hers.force_login(people.member("district_admin", email="office@old.example", district=home))
    people.confirmed(hers)
    address = reverse("school-district", args=[school.pk])
    page = hers.get(address).content.decode()
    assert "New District" not in page
    assert hers.post(address, {"to": goal, "reason": "x"}).status_code == 422
    answer = hers.post(address, {"to": "none", "reason": "The school closes."}, follow=True)
    assert "1 person with access by the old district lose" in " ".join(answer.content.decode().split())
    move = SchoolMove.objects.get()
    done = hers.post(reverse("school-move-make", args=[move.pk]), follow=True)
    assert "The school has moved" in done.content.decode()
    cache.clear()
    assert hers.get(reverse("school-profile", args=[school.pk])).status_code == 404


def browser_of(user: User) -> Client:
    """Return a browser in which the person is signed in and has just shown who they are."""
    client = Client()
    client.force_login(user)
    return people.confirmed(client)


def told_of_a_move() -> set[str]:
    """Return the addresses of those who got a mail that a school is to move."""
    return set(OutgoingMail.objects.filter(kind="retention.move_asked").values_list("address", flat=True))


def test_classwaves_alone_moves_no_school_out_of_a_district(school: School, home: str, goal: str) -> None:
    """It asks and drops, within a grant too; the district's administrators hear of it, and one of them makes it."""
    sam = browser_of(people.member("super_admin", email="sam@classwaves.example"))
    dana = people.member("district_admin", email="dana@old.example", district=home)
    sam.post(reverse("school-district", args=[school.pk]), {"to": goal, "reason": "The board has decided."})
    move = SchoolMove.objects.get()
    for part in parts_of_move(move):
        running.run(Job.objects.get(subject_id=part.pk).pk)
    assert told_of_a_move() == {"dana@old.example"}
    address, make_url = (reverse(f"school-move{name}", args=[move.pk]) for name in ("", "-make"))
    for within_a_grant in (False, True):
        if within_a_grant:
            support.entered(sam, support.grant(home).pk)
        page = sam.get(address).content.decode()
        assert "An administrator of the district that the school leaves has to make this move" in page
        assert make_url not in page
        sam.post(make_url)
        assert districts_of([school.pk]) == {school.pk: home}
        support.entered(sam, support.grant(home).pk)
    hers = browser_of(dana)
    assert (
        reverse("school-move", args=[move.pk]) in hers.get(reverse("school-profile", args=[school.pk])).content.decode()
    )
    hers.post(make_url)
    assert districts_of([school.pk]) == {school.pk: goal}


def test_a_school_of_no_district_agrees_itself(school: School, goal: str) -> None:
    """Its administrators hear of it and one agrees on the page; ClassWaves makes it then, and the log has both."""
    cache.clear()
    sam = browser_of(people.member("super_admin", email="sam@classwaves.example"))
    ada = browser_of(people.staff("admin", school=school, email="ada@harbour.example")[0])
    sam.post(reverse("school-district", args=[school.pk]), {"to": goal, "reason": "The board has decided."})
    move = SchoolMove.objects.get()
    for part in parts_of_move(move):
        running.run(Job.objects.get(subject_id=part.pk).pk)
    assert told_of_a_move() == {"ada@harbour.example"}
    address, make_url, agree_url = (reverse(f"school-move{name}", args=[move.pk]) for name in ("", "-make", "-agree"))
    assert sam.post(agree_url).status_code == 403
    sam.post(make_url)
    assert districts_of([school.pk]) == {school.pk: ""}
    assert address in ada.get(reverse("school-profile", args=[school.pk])).content.decode()
    page = ada.get(address).content.decode()
    assert "Agree to the move" in page
    assert make_url not in page
    assert "The school agreed" in ada.post(agree_url, follow=True).content.decode()
    sam.post(make_url)
    assert districts_of([school.pk]) == {school.pk: goal}
    events = AuditLog.objects.filter(event_type="school.changed", school_id=school.pk).order_by("event_timestamp", "id")
    assert [json.loads(row.data_accessed or "{}")["step"] for row in events] == ["move_agreed", "moved"]


def test_nobody_else_agrees_for_a_school(school: School, goal: str) -> None:
    """Neither an administrator of another school nor one who was of ClassWaves once."""
    elsewhere, _ = people.staff("admin", school=make.school(), email="else@hill.example")
    once, _ = people.staff("admin", school=school, email="once@harbour.example")
    Membership.objects.create(user=once, role="super_admin", ends_on=now().date() - timedelta(days=1))
    move = policies.move(school, goal)
    for user in (elsewhere, once):
        with pytest.raises(NotTheirWord):
            agree_to_move(move=move, user=user, by=BY, now=now())
    assert SchoolMove.objects.get().agreed_at is None
