"""Sealing: each row once, late rows by themselves, nothing anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from django.db import connections
from pytest_django import Settings

from audit.models import Chain, Seal, SealedRow
from audit.proof import sealing, steps
from audit.proof.keys import public_keys, signing_key
from audit.proof.verifier import digest, is_signed, leaf, root
from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import system
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import AuditLog
from tests.factories import catalog as make
from tests.integration.audit.conftest import Schools
from tests.integration.audit.proof.conftest import NOON
from tests.integration.audit.proof.test_verifying import ON_SQLITE

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True, databases=["default", "warehouse"])]
Sealer = Callable[[], None]


def seals_of(school_id: str) -> list[Seal]:
    """Return the chain of a school."""
    return list(Seal.objects.filter(school_id=school_id).order_by("number"))


def test_each_school_and_day_gets_a_signed_checkpoint(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """The checkpoint counts the rows, holds the root of their leaves, names the key and is signed by it."""
    seal()
    (first,) = seals_of(schools.harbour.pk)
    leaves = [
        bytes(leaf) for leaf in SealedRow.objects.filter(seal=first).order_by("place").values_list("leaf", flat=True)
    ]
    assert first.record == {
        "format": "classwaves-seal/1",
        "school": schools.harbour.pk,
        "number": 1,
        "day": "2025-03-03",
        "rows": 5,
        "root": root(leaves).hex(),
        "previous": None,
        "sealed_at": "2025-03-04T15:00:00+00:00",
        "key": next(iter(public_keys())),
    }
    assert is_signed(first.record, first.signature, public_keys())
    assert SealedRow.objects.count() == len(log)


def test_a_seal_is_an_event_of_the_log(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """`audit.sealed` names the seal, its number, root and digest: the log itself knows its seals."""
    seal()
    event = AuditLog.objects.get(event_type="audit.sealed", school_id=schools.hill.pk)
    (made,) = seals_of(schools.hill.pk)
    assert event.resource_id == made.pk
    told = json.loads(event.data_accessed or "")
    assert (told["number"], told["rows"], told["digest"]) == (1, 3, digest(made.record))


def test_late_rows_get_a_seal_of_their_own(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """A row that comes later with a day that is sealed already is sealed alone, and the next seal names the last."""
    seal()
    make.audit_row(school=schools.harbour, id="late", event_timestamp=NOON)
    seal()
    first, *others = seals_of(schools.harbour.pk)
    late = next(one for one in others if one.day == date(2025, 3, 3))
    assert list(SealedRow.objects.filter(seal=late).values_list("row_id", flat=True)) == ["late"]
    assert others[0].record["previous"] == first.digest
    assert first.rows == 5


def test_clocks_of_1970_and_2100(schools: Schools, seal: Sealer) -> None:
    """Rows with far-off clocks are sealed by the day that they say."""
    days = [datetime(1, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 6, 1, tzinfo=UTC)]
    days.append(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    for number, at in enumerate(days):
        make.audit_row(school=schools.hill, id=f"far-{number}", event_timestamp=at)
    seal()
    assert [one.day for one in seals_of(schools.hill.pk)] == [at.date() for at in days]


def test_rows_of_no_known_school_are_sealed(seal: Sealer) -> None:
    """What services write under a school that the catalog does not know has a chain too."""
    row = make.audit_row(id="nowhere")
    make.change(row, school_id="École № 9 / ''")
    seal()
    assert seals_of("École № 9 / ''")[0].rows == 1


def test_seals_do_not_call_for_seals(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """Where nothing happens but sealing, nothing more is sealed; with the next row the old events are taken in."""
    seal()
    before = Seal.objects.count()
    for _ in range(3):
        seal()
    assert Seal.objects.count() == before
    make.audit_row(school=schools.harbour, id="next", event_timestamp=clock.now())
    seal()
    today = seals_of(schools.harbour.pk)[-1]
    assert (today.day, today.rows) == (date(2025, 3, 4), 2)


def test_a_sealed_row_that_changed_is_not_sealed_again(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """Neither another text, nor another day, nor another school gives a row a second seal."""
    seal()
    make.change(log[0], description="Something else.")
    make.change(log[1], event_timestamp=NOON - timedelta(days=9))
    make.change(log[2], school_id=schools.hill.pk)
    make.audit_row(school=schools.harbour, id="new", event_timestamp=NOON)
    seal()
    assert SealedRow.objects.filter(row_id__startswith="harbour").count() == 5
    assert set(SealedRow.objects.filter(row_id__startswith="harbour").values_list("seal__number", flat=True)) == {1}


def test_two_sealers_at_once(schools: Schools, log: list[AuditLog], monkeypatch: pytest.MonkeyPatch) -> None:
    """A second sealer that works between the first one's reading and writing takes all; the first writes nothing."""
    key = signing_key()

    def seal_day() -> list[Seal]:
        assert key is not None
        by, day = system("seal"), NOON.date()
        return sealing.seal_day(school_id=schools.harbour.pk, day=day, key=key, by=by, now=clock.now())

    def slow(row: list[str | None], salt: bytes) -> bytes:
        monkeypatch.setattr(sealing, "leaf", leaf)
        assert len(seal_day()) == 1
        return leaf(row, salt)

    monkeypatch.setattr(sealing, "leaf", slow)
    assert seal_day() == []
    assert Chain.objects.get(pk=schools.harbour.pk).number == 1
    assert SealedRow.objects.count() == 5


def test_a_round_in_small_portions(
    schools: Schools, log: list[AuditLog], seal: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A round that has time for one day at once goes through all days, also past one that stays different."""
    monkeypatch.setattr(steps, "PORTION", 0.0)
    monkeypatch.setattr(sealing, "BATCH", 2)
    for number in range(4):
        make.audit_row(school=schools.harbour, event_timestamp=NOON - timedelta(days=number))
    seal()
    make.change(log[0], event_timestamp=NOON - timedelta(days=99))
    make.audit_row(school=schools.harbour, id="last", event_timestamp=NOON)
    seal()
    assert SealedRow.objects.filter(row_id="last").exists()
    assert max(Seal.objects.values_list("rows", flat=True)) == 2


def test_without_a_key_sealing_waits(schools: Schools, log: list[AuditLog], settings: Settings) -> None:
    """No key, no job and no seal."""
    settings.AUDIT_SEAL_KEY = ""
    assert steps.start_sealing(by=system("seal"), now=clock.now()) is None
    assert not Seal.objects.exists()


def test_a_round_that_runs_is_left_alone(frozen_now: time_machine.Traveller, log: list[AuditLog]) -> None:
    """The timetable starts no second round beside one that is open."""
    assert steps.start_sealing(by=system("seal"), now=clock.now()) is not None
    assert steps.start_sealing(by=system("seal"), now=clock.now()) is None


@ON_SQLITE
def test_a_row_that_cannot_be_read_holds_up_no_other(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """The other rows of the day are sealed."""
    with guard.writing(), connections["warehouse"].cursor() as cursor:
        cursor.execute("""UPDATE "compliance.audit_log" SET created_at = '2025-99-99 00:00:00' WHERE id = 'hill-1'""")
    seal()
    assert sorted(SealedRow.objects.values_list("row_id", flat=True)) == sorted(
        row.pk for row in log if row.pk != "hill-1"
    )


@pytest.mark.parametrize("hours", [1, 2, 5, 24, 200])
def test_each_day_has_its_turn_once_a_week(hours: int) -> None:
    """Whatever the time between two rounds, every day is looked at in some round of a week, and in few of them."""
    days = [date(1970, 1, 1) + timedelta(days=number) for number in range(400)]
    rounds = [datetime(2025, 3, 3, 23, 59, tzinfo=UTC) + timedelta(hours=hours * n) for n in range(168 // hours + 2)]
    turns = [[day for day in days if sealing._has_its_turn(day, *pair)] for pair in pairwise(rounds)]
    assert {day for turn in turns for day in turn} == set(days)
    assert max(map(len, turns)) <= (400 // 168 + 1) * hours
    assert not any(sealing._has_its_turn(day, rounds[0], rounds[0]) for day in days)
    assert all(sealing._has_its_turn(day, None, rounds[0]) for day in days)
