"""Somebody who can write both databases, and lacks the key, tries to change history: the verification tells."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from audit.models import Chain, ErasedRow, Seal, SealedRow
from audit.proof import rows
from audit.proof.disposal import note_disposal
from audit.proof.erasing import erase_fields
from audit.proof.keys import new_key
from audit.proof.verifier import COLUMNS, ERASABLE, ERASED, Finding, Row, canonical, commitment, field_salts
from classwaves_admin.lib import clock
from classwaves_admin.warehouse.models import AuditLog
from classwaves_admin.warehouse.outbox.gateway import LOG
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from tests.factories import catalog as make
from tests.integration.audit.conftest import Schools
from tests.integration.audit.proof.conftest import NOON
from tests.integration.audit.proof.test_verifying import ON_SQLITE, behind_our_back, findings, remove, run, two_seals

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True, databases=["default", "warehouse"])]
Sealer = Callable[[], None]


def kinds(*school_ids: str) -> set[tuple[str, str | None]]:
    """Return kind and row of everything that is found."""
    return {(one.kind, one.row) for one in findings(*school_ids)}


def forged_erasure(row_id: str, *columns: str) -> None:
    """Write what an erasure leaves, with everything right but the signature, as somebody does who has the salt."""
    sealed, row = SealedRow.objects.get(pk=row_id), AuditLog.objects.get(pk=row_id)
    salts = dict(zip(ERASABLE, field_salts(bytes(sealed.salt or b"")), strict=True))
    kept = {
        "commitments": {name: commitment(salts[name], getattr(row, name)).hex() for name in columns},
        "salts": {name: salts[name].hex() for name in ERASABLE if name not in columns},
    }
    ErasedRow.objects.create(row_id=row_id, kept=kept, erased_at=clock.now())
    SealedRow.objects.filter(pk=row_id).update(salt=None)
    make.change(row, **{name: ERASED if name in {"actor_id", "description"} else None for name in columns})


def test_an_erasure_that_nobody_signed_is_an_alteration(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """Whoever takes the actor out of a row, and makes it look like the deletion of a person, is found."""
    seal()
    forged_erasure("harbour-1", "actor_id")
    assert findings(schools.harbour.pk) == [Finding("altered", schools.harbour.pk, "harbour-1", 1)]


def test_an_erasure_that_took_more_than_was_signed(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """The signature of an erasure covers the columns: another one with it is found."""
    seal()
    with transaction.atomic():
        erase_fields(row_ids=["harbour-1"], columns=("ip_address",), now=clock.now())
    assert findings(schools.harbour.pk) == []
    erased = ErasedRow.objects.get()
    salt = bytes.fromhex(erased.kept["salts"].pop("actor_id"))
    erased.kept["commitments"]["actor_id"] = commitment(salt, "actor-1").hex()
    erased.save()
    make.change(log[1], actor_id=ERASED)
    assert findings(schools.harbour.pk) == [Finding("altered", schools.harbour.pk, "harbour-1", 1)]


def test_the_erasure_of_another_row(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """What was signed for one row stands for no other one."""
    seal()
    with transaction.atomic():
        erase_fields(row_ids=["harbour-1", "harbour-2"], columns=("actor_id",), now=clock.now())
    one, two = ErasedRow.objects.order_by("pk")
    for erased, other in ((one, two.kept), (two, one.kept)):
        ErasedRow.objects.filter(pk=erased.pk).update(kept=other)
    assert kinds(schools.harbour.pk) == {("altered", "harbour-1"), ("altered", "harbour-2")}


def test_a_disposal_that_nobody_signed_is_a_removal(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """Whoever deletes a row, and notes in the portal's database that retention did, is found; so is one who alters."""
    seal()
    behind_our_back("UPDATE audit_sealedrow SET disposed_at = %s, salt = NULL WHERE row_id LIKE 'harbour%%'", NOON)
    behind_our_back("UPDATE audit_seal SET disposed = 5 WHERE school_id = %s", schools.harbour.pk)
    assert {kind for kind, _ in kinds(schools.harbour.pk)} == {"altered"}
    remove("harbour-3")
    assert ("removed", "harbour-3") in kinds(schools.harbour.pk)


def test_a_disposal_of_more_than_was_signed(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """One row that retention may delete opens the door for no other one; the signature of one seal fits no other."""
    seal()
    with transaction.atomic():
        note_disposal(row_ids=["harbour-1"], now=clock.now())
    remove("harbour-1")
    assert findings(schools.harbour.pk) == []
    behind_our_back("UPDATE audit_sealedrow SET disposed_at = %s, salt = NULL WHERE row_id = 'harbour-2'", NOON)
    behind_our_back("UPDATE audit_seal SET disposed = 2 WHERE school_id = %s", schools.harbour.pk)
    remove("harbour-2")
    assert kinds(schools.harbour.pk) == {("removed", "harbour-2")}
    signed = Seal.objects.get(school_id=schools.harbour.pk)
    Seal.objects.filter(school_id=schools.hill.pk).update(
        disposal=signed.disposal, disposal_signature=signed.disposal_signature, disposed=1
    )
    SealedRow.objects.filter(pk="hill-1").update(disposed_at=NOON, salt=None)
    remove("hill-1")
    assert ("removed", "hill-1") in kinds(schools.hill.pk)


def test_a_row_that_was_disposed_of_and_is_there_again(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """A row that retention let go is named where it is still there, or there again with another text."""
    seal()
    with transaction.atomic():
        note_disposal(row_ids=["harbour-1", "harbour-2"], now=clock.now())
    remove("harbour-1")
    make.audit_row(school=schools.harbour, id="harbour-1", event_timestamp=NOON)
    assert kinds(schools.harbour.pk) == {("returned", "harbour-1"), ("returned", "harbour-2")}


def test_salts_that_changed_places(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """Two rows whose salts were exchanged, and one whose salt is gone, are named."""
    seal()
    one, two = (SealedRow.objects.get(pk=name) for name in ("harbour-1", "harbour-2"))
    for row_id, other in ((one.pk, two.salt), (two.pk, one.salt)):
        SealedRow.objects.filter(pk=row_id).update(salt=other)
    SealedRow.objects.filter(pk="harbour-4").update(salt=None)
    assert kinds(schools.harbour.pk) == {("altered", f"harbour-{number}") for number in (1, 2, 4)}


def test_rows_that_changed_places_in_the_store(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """Rows that exchanged their contents, and rows that exchanged everything kept of them, are named."""
    seal()
    texts = [{name: getattr(row, name) for name in COLUMNS if name != "id"} for row in log[:2]]
    make.change(log[0], **texts[1])
    make.change(log[1], **texts[0])
    assert kinds(schools.harbour.pk) == {("altered", "harbour-0"), ("altered", "harbour-1")}
    for old, new in (("harbour-0", "x"), ("harbour-1", "harbour-0"), ("x", "harbour-1")):
        behind_our_back("UPDATE audit_sealedrow SET row_id = %s WHERE row_id = %s", new, old)
    # Texts and leaves changed places together: each row is another one than its leaf says, by its id alone.
    assert kinds(schools.harbour.pk) == {("altered", "harbour-0"), ("altered", "harbour-1")}


def test_rows_of_two_seals_that_changed_places(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """A row that was put into another seal's place breaks both seals."""
    first, second = two_seals(schools, seal)
    third = SealedRow.objects.filter(seal=second).get(place=0)
    SealedRow.objects.filter(pk="harbour-0").update(seal=second, place=9)
    SealedRow.objects.filter(pk=third.pk).update(seal=first, place=0)
    SealedRow.objects.filter(pk="harbour-0").update(place=0)
    assert {("reordered", 1), ("reordered", 2)} <= {(one.kind, one.seal) for one in findings(schools.harbour.pk)}


def test_a_row_that_was_given_a_seal_by_hand(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """Whoever writes a leaf for a row of their own into a seal that is there breaks its root."""
    seal()
    made = Seal.objects.get(school_id=schools.harbour.pk)
    make.audit_row(school=schools.harbour, id="forged", event_timestamp=NOON)
    SealedRow.objects.create(row_id="forged", seal=made, place=5, leaf=b"\1" * 32, salt=b"\1" * 32)
    seal()
    assert {("reordered", None), ("altered", "forged")} <= kinds(schools.harbour.pk)


@pytest.mark.parametrize(
    "change",
    ["sealed_at = '2025-03-03 12:05:00'", "day = '2025-03-02'", "digest = 'ab'", "rows = 6"],
)
def test_a_column_of_a_seal_that_says_something_else(
    schools: Schools, log: list[AuditLog], seal: Sealer, change: str
) -> None:
    """What pages show of a seal is what was signed: its moment, day, digest and number of rows."""
    seal()
    behind_our_back(f"UPDATE audit_seal SET {change} WHERE school_id = %s", schools.harbour.pk)  # noqa: S608 - our own names
    assert ("seal_altered", 1) in {(one.kind, one.seal) for one in findings(schools.harbour.pk)}


@pytest.mark.parametrize("change", ["rows = 1", "head = 'ab'", "number = 0"])
def test_a_chain_that_was_counted_down(schools: Schools, log: list[AuditLog], seal: Sealer, change: str) -> None:
    """What is kept of the whole chain agrees with its seals."""
    seal()
    behind_our_back(f"UPDATE audit_chain SET {change} WHERE school_id = %s", schools.harbour.pk)  # noqa: S608 - our own names
    assert findings(schools.harbour.pk) == [Finding("miscounted", schools.harbour.pk)]


def test_a_school_of_which_only_seals_are_left(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """All rows of a school and its chain were deleted: the command looks at it all the same."""
    seal()
    for row in log[5:]:
        remove(row.pk)
    remove(AuditLog.objects.get(school_id=schools.hill.pk).pk)
    behind_our_back("DELETE FROM audit_chain WHERE school_id = %s", schools.hill.pk)
    out, code = run()
    assert code == 1
    assert f"row 'hill-0', seal 1, school '{schools.hill.pk}': the row was sealed and is gone." in out


def test_a_store_that_was_emptied(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """Without a seal in the portal's database, the log's own events tell that there were some, also sealed anew."""
    seal()
    for table in ("audit_sealedrow", "audit_seal", "audit_chain"):
        behind_our_back(f"DELETE FROM {table}")  # noqa: S608 - our own names
    assert run()[1] == 1
    seal()
    assert run()[1] == 1


def test_history_written_anew_with_another_key(
    schools: Schools, log: list[AuditLog], seal: Sealer, settings: Any
) -> None:
    """A chain that somebody sealed anew with a key of their own is none of ours."""
    ours = settings.AUDIT_SEAL_KEY
    settings.AUDIT_SEAL_KEY = new_key()[0]
    seal()
    settings.AUDIT_SEAL_KEY = ours
    assert run()[1] == 1


def doubled(monkeypatch: pytest.MonkeyPatch, row_id: str, *, gone: str = "") -> None:
    """Let the log hold a row twice, as a warehouse that keeps no primary key does, and another one not at all."""

    def readable(*args: Any) -> Iterator[list[Row]]:
        for part in rows.readable_rows(*args):
            yield [row for row in part for _ in range(1 + (row[0] == row_id)) if row[0] != gone]

    monkeypatch.setattr("audit.proof.checking.readable_rows", readable)
    monkeypatch.setattr("audit.proof.sealing.readable_rows", readable)


def test_a_row_that_is_there_twice(
    schools: Schools, log: list[AuditLog], seal: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exact copy of a sealed row is named; it hides no removal, though the numbers agree."""
    seal()
    doubled(monkeypatch, "harbour-1", gone="harbour-4")
    remove("harbour-4")
    assert kinds(schools.harbour.pk) == {("doubled", "harbour-1"), ("removed", "harbour-4")}


def test_rows_that_are_sent_twice_are_sealed_once(
    schools: Schools, log: list[AuditLog], seal: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a service sent a row twice, sealing goes on: the row is sealed, and the copy is named."""
    doubled(monkeypatch, "harbour-1")
    seal()
    assert SealedRow.objects.filter(seal__school_id=schools.harbour.pk).count() == 5
    assert findings(schools.harbour.pk) == [Finding("doubled", schools.harbour.pk, "harbour-1", 1)]


def test_an_erased_field_that_waits_for_nothing(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """An entry of the outbox about another row, and one that is stuck, excuse no field that holds a value again."""
    seal()
    with transaction.atomic():
        erase_fields(row_ids=["harbour-1"], columns=("actor_id",), now=clock.now())
    assert findings(schools.harbour.pk) == []
    make.change(log[1], actor_id="somebody else")
    OutboxEntry.objects.create(unit="1", table=LOG, row_id="harbour-2", operation="update", payload={"actor_id": "x"})
    OutboxEntry.objects.create(
        unit="2", table=LOG, row_id="harbour-1", operation="update", payload={"actor_id": ERASED}, stuck_at=clock.now()
    )
    assert findings(schools.harbour.pk) == [Finding("refilled", schools.harbour.pk, "harbour-1", 1)]


@ON_SQLITE
@pytest.mark.parametrize("when", ["yesterday", "99999"])
def test_a_row_without_a_day(schools: Schools, log: list[AuditLog], seal: Sealer, when: str) -> None:
    """A time that is none puts a row into no day: it holds up no other one, and is named."""
    seal()
    behind_our_back(
        """UPDATE "compliance.audit_log" SET event_timestamp = %s WHERE id = 'harbour-4'""", when, database="warehouse"
    )
    make.audit_row(school=schools.harbour, id="next", event_timestamp=clock.now() - timedelta(minutes=5))
    seal()
    assert SealedRow.objects.filter(pk="next").exists()
    assert [(one.row, one.seal) for one in findings(schools.harbour.pk)] == [("harbour-4", 1)]


@ON_SQLITE
def test_a_hidden_end_of_a_text(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """What is written behind a NUL, which some programs do not show, is part of the text."""
    seal()
    behind_our_back(
        """UPDATE "compliance.audit_log" SET description = description || char(0) || 'more' WHERE id = 'harbour-0'""",
        database="warehouse",
    )
    assert kinds(schools.harbour.pk) == {("altered", "harbour-0")}


def test_a_kept_checkpoint_of_a_chain_that_is_gone(
    schools: Schools, log: list[AuditLog], seal: Sealer, tmp_path: Any
) -> None:
    """Everything of a school was deleted, seals, rows and all: a checkpoint that somebody kept tells."""
    seal()
    one = Seal.objects.get(school_id=schools.hill.pk)
    kept = tmp_path / "checkpoint.json"
    kept.write_text(json.dumps({"checkpoint": one.checkpoint, "signature": one.signature}))
    for row_id in AuditLog.objects.filter(school_id=schools.hill.pk).values_list("pk", flat=True):
        remove(row_id)
    behind_our_back("DELETE FROM audit_sealedrow WHERE seal_id = %s", one.pk)
    behind_our_back("DELETE FROM audit_seal WHERE id = %s", one.pk)
    Chain.objects.filter(pk=schools.hill.pk).delete()
    assert run("--school", schools.harbour.pk)[1] == 0
    out, code = run("--checkpoint", str(kept))
    assert (code, "seal 1" in out) == (1, True)
    # A checkpoint that was never signed accuses nobody.
    forged = one.record | {"school": "other", "number": 7}
    kept.write_text(json.dumps({"checkpoint": canonical(forged).decode(), "signature": one.signature}))
    assert run("--checkpoint", str(kept))[1] == 2
