"""Verifying: whatever is done to rows or seals is found and named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connections
from pytest_django import Settings

from audit.models import Chain, Seal, SealedRow
from audit.proof.chains import check_chain
from audit.proof.checking import check_day, days_to_check
from audit.proof.keys import new_key, public_keys, signing_key
from audit.proof.verifier import COLUMNS, INSTANTS, Finding
from classwaves_admin.lib import clock
from classwaves_admin.warehouse import arrow, guard
from classwaves_admin.warehouse.models import AuditLog
from tests.factories import catalog as make
from tests.integration.audit.conftest import Schools
from tests.integration.audit.proof.conftest import NOON

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True, databases=["default", "warehouse"])]
Sealer = Callable[[], None]
ON_SQLITE = pytest.mark.skipif(
    connections["warehouse"].vendor != "sqlite", reason="other engines keep nothing that a column's type does not allow"
)


def findings(*school_ids: str) -> list[Finding]:
    """Return everything that verification finds in these schools."""
    found: list[Finding] = []
    for school_id in school_ids:
        found += check_chain(school_id, public_keys())
        for day in days_to_check(school_id):
            looked_at = Chain.objects.get(pk=school_id).looked_at
            found += check_day(school_id, day, looked_at=looked_at).findings
    return found


def behind_our_back(sql: str, *values: Any, database: str = "default") -> None:
    """Change a database as somebody does who has its password."""
    with guard.writing(), connections[database].cursor() as cursor:
        cursor.execute(sql, values)


def remove(row_id: str) -> None:
    """Delete a row of the log past our gateway."""
    with guard.writing():
        AuditLog.objects.filter(pk=row_id).delete()


def test_an_untouched_log_has_no_finding(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """After sealing, with late rows and a second seal, nothing is found."""
    seal()
    make.audit_row(school=schools.harbour, event_timestamp=NOON)
    seal()
    assert findings(schools.harbour.pk, schools.hill.pk) == []


def test_a_quiet_school_has_no_finding(
    schools: Schools, log: list[AuditLog], seal: Sealer, frozen_now: time_machine.Traveller
) -> None:
    """Where nothing happens for days, the events of the last sealing wait for a seal and accuse nobody."""
    seal()
    frozen_now.shift(timedelta(days=9))
    seal()
    assert findings(schools.harbour.pk, schools.hill.pk) == []


@pytest.mark.parametrize("column", COLUMNS)
def test_every_altered_column_is_found(schools: Schools, log: list[AuditLog], seal: Sealer, column: str) -> None:
    """One changed value of one column of one row is found, and the row is named."""
    seal()
    new = clock.now() + timedelta(microseconds=1) if column in INSTANTS else "altered"
    rows = AuditLog.objects.filter(pk="harbour-2")
    with guard.writing():
        rows.update(**{column: new})
    found = findings(schools.harbour.pk)
    assert ("harbour-2", 1) in {(one.row, one.seal) for one in found}
    assert {one.row for one in found} <= {"harbour-2", "altered"}


@pytest.mark.parametrize(
    ("column", "before", "after"),
    [
        ("description", "A student's page was opened.", "A student's page was opened. "),
        ("ip_address", "203.0.113.9", None),
        ("session_id", None, ""),
        ("session_id", None, "null"),
    ],
)
def test_small_changes_are_found(
    schools: Schools, log: list[AuditLog], seal: Sealer, column: str, before: str | None, after: str | None
) -> None:
    """A space, an empty text for NULL, and NULL for a value are changes."""
    seal()
    assert getattr(log[0], column) == before
    make.change(log[0], **{column: after})
    assert findings(schools.harbour.pk) == [Finding("altered", schools.harbour.pk, "harbour-0", 1)]


def test_a_removed_row_is_named(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """The row that is gone is named by its id and seal."""
    seal()
    remove("harbour-3")
    assert findings(schools.harbour.pk) == [Finding("removed", schools.harbour.pk, "harbour-3", 1)]


def test_an_inserted_row_is_named(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """A row of an earlier day that no seal has is named; one of this hour waits for its seal."""
    seal()
    make.audit_row(school=schools.harbour, id="forged", event_timestamp=NOON - timedelta(days=3))
    make.audit_row(school=schools.harbour, id="fresh", event_timestamp=clock.now())
    assert findings(schools.harbour.pk) == [Finding("inserted", schools.harbour.pk, "forged")]


def test_a_row_put_in_the_place_of_another(schools: Schools, seal: Sealer, frozen_now: time_machine.Traveller) -> None:
    """Where a row of an old day was replaced, the one is named as removed for ever; the other is named as inserted.

    Within a week it has a late seal of its own, as every row that comes late, and the numbers hide it no longer.
    """
    old = NOON - timedelta(days=30)
    make.audit_row(school=schools.harbour, id="true", event_timestamp=old)
    seal()
    remove("true")
    make.audit_row(school=schools.harbour, id="false", event_timestamp=old)
    seal()
    kinds = {(one.kind, one.row) for one in findings(schools.harbour.pk)}
    assert kinds == {("removed", "true"), ("inserted", "false")}
    for _ in range(7):
        frozen_now.shift(timedelta(days=1))
        seal()
    assert findings(schools.harbour.pk) == [Finding("removed", schools.harbour.pk, "true", 1)]
    late = SealedRow.objects.get(pk="false").seal
    assert (late.day, late.rows, late.number > 1) == (old.date(), 1, True)


def test_a_moved_row_is_named_in_both_schools(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """A row that was given to another school is missed in the one and foreign in the other."""
    seal()
    make.change(log[1], school_id=schools.hill.pk)
    assert findings(schools.harbour.pk) == [Finding("moved", schools.harbour.pk, "harbour-1", 1)]
    assert findings(schools.hill.pk) == [Finding("moved", schools.hill.pk, "harbour-1")]


def test_reordered_rows_are_found(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """Two rows that changed places in the seal's store no longer make its root."""
    seal()
    places = [(4, 100), (0, 4), (100, 0)]
    for old, new in places:
        behind_our_back("UPDATE audit_sealedrow SET place = %s WHERE place = %s AND row_id LIKE 'harbour%%'", new, old)
    assert findings(schools.harbour.pk) == [Finding("reordered", schools.harbour.pk, seal=1)]


def test_a_forged_leaf_is_found(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """Whoever fits leaf and salt to an altered row breaks the root."""
    seal()
    behind_our_back("UPDATE audit_sealedrow SET leaf = %s WHERE row_id = 'harbour-0'", b"\x00" * 32)
    kinds = {one.kind for one in findings(schools.harbour.pk)}
    assert kinds == {"reordered", "altered"}


def two_seals(schools: Schools, seal: Sealer) -> tuple[Seal, Seal]:
    """Return the first two seals of Harbour School."""
    seal()
    make.audit_row(school=schools.harbour, id="more", event_timestamp=NOON)
    seal()
    first, second, *_ = Seal.objects.filter(school_id=schools.harbour.pk).order_by("number")
    return first, second


def test_swapped_seals_are_found(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """Two seals that changed their numbers are both named."""
    first, second = two_seals(schools, seal)
    for one, number in ((first, 99), (second, 1), (first, 2)):
        behind_our_back("UPDATE audit_seal SET number = %s WHERE id = %s", number, one.pk)
    found = list(check_chain(schools.harbour.pk, public_keys()))
    assert [(one.kind, one.seal) for one in found][:2] == [("seal_altered", 1), ("seal_altered", 2)]


def test_swapped_schools_are_found(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """A seal that was given to another school is no seal of it."""
    seal()
    behind_our_back("UPDATE audit_seal SET school_id = %s, number = 2 WHERE school_id = %s", "x", schools.hill.pk)
    behind_our_back("UPDATE audit_seal SET school_id = %s WHERE school_id = 'x'", schools.harbour.pk)
    found = list(check_chain(schools.harbour.pk, public_keys()))
    assert found == [Finding("seal_altered", schools.harbour.pk, seal=2)]
    assert [one.kind for one in check_chain(schools.hill.pk, public_keys())] == ["cut"]


@pytest.mark.parametrize(
    "change", ["signature = '00'", "checkpoint = replace(checkpoint, '\"rows\":5', '\"rows\":4')", "rows = 4"]
)
def test_an_altered_seal_is_found(schools: Schools, log: list[AuditLog], seal: Sealer, change: str) -> None:
    """Another signature, another text, another column: the seal is named."""
    seal()
    behind_our_back(f"UPDATE audit_seal SET {change} WHERE school_id = %s", schools.harbour.pk)  # noqa: S608
    found = list(check_chain(schools.harbour.pk, public_keys()))
    assert found[0] == Finding("seal_altered", schools.harbour.pk, seal=1)


def test_a_seal_taken_from_the_middle_is_found(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """The seal behind the gap is named."""
    first, _ = two_seals(schools, seal)
    behind_our_back("DELETE FROM audit_sealedrow WHERE seal_id = %s", first.pk)
    behind_our_back("DELETE FROM audit_seal WHERE id = %s", first.pk)
    assert [(one.kind, one.seal) for one in check_chain(schools.harbour.pk, public_keys())] == [("seal_missing", 2)]


def test_a_cut_chain_is_found(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """The last seals, their rows and the chain's head were taken away: the log's own events tell of them."""
    two_seals(schools, seal)
    later = "SELECT id FROM audit_seal WHERE number > 1 AND school_id = %s"
    behind_our_back(f"DELETE FROM audit_sealedrow WHERE seal_id IN ({later})", schools.harbour.pk)  # noqa: S608
    behind_our_back("DELETE FROM audit_seal WHERE number > 1 AND school_id = %s", schools.harbour.pk)
    head = Seal.objects.get(school_id=schools.harbour.pk)
    behind_our_back(
        "UPDATE audit_chain SET number = 1, head = %s WHERE school_id = %s", head.digest, schools.harbour.pk
    )
    assert list(check_chain(schools.harbour.pk, public_keys())) == [Finding("cut", schools.harbour.pk, seal=2)]
    # Sealed anew, the chain contradicts the log.
    seal()
    kinds = {one.kind for one in check_chain(schools.harbour.pk, public_keys())}
    assert "contradicted" in kinds


def test_a_chain_signed_with_another_key_is_found(
    schools: Schools, log: list[AuditLog], seal: Sealer, settings: Settings
) -> None:
    """Seals of a key that is not known prove nothing."""
    seal()
    settings.AUDIT_SEAL_KEY = new_key()[0]
    assert findings(schools.hill.pk) == [Finding("unknown_key", schools.hill.pk, seal=1)]


def test_a_changed_key_leaves_old_seals_valid(
    schools: Schools, log: list[AuditLog], seal: Sealer, settings: Settings
) -> None:
    """With the old public key among those of the past, seals of both keys are valid."""
    seal()
    old = signing_key()
    assert old is not None
    settings.AUDIT_SEAL_PAST_KEYS = [old.public_text]
    settings.AUDIT_SEAL_KEY = new_key()[0]
    make.audit_row(school=schools.harbour, event_timestamp=NOON)
    seal()
    assert findings(schools.harbour.pk) == []
    assert len({one.record["key"] for one in Seal.objects.filter(school_id=schools.harbour.pk)}) == 2


@ON_SQLITE
@pytest.mark.parametrize("change", ["created_at = '2025-99-99 00:00:00'", "description = x'ff'"])
def test_what_no_service_writes_is_named(schools: Schools, log: list[AuditLog], seal: Sealer, change: str) -> None:
    """A time that is none, and bytes that are no text, stop nothing."""
    seal()
    behind_our_back(f"""UPDATE "compliance.audit_log" SET {change} WHERE id = 'harbour-4'""", database="warehouse")  # noqa: S608
    assert [one.row for one in findings(schools.harbour.pk)] == ["harbour-4"]


def test_a_row_that_cannot_be_read_is_named(
    schools: Schools, log: list[AuditLog], seal: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where an engine gives a column that its type does not allow, the row of the day is looked for and named."""
    seal()

    def batches(*args: Any, **kwargs: Any) -> Iterator[Any]:
        for batch in arrow.batches(*args, **kwargs):
            if "harbour-4" in batch.column(0).to_pylist():
                raise arrow.UnreadableColumn("The column description holds a value that is no string.")
            yield batch

    monkeypatch.setattr("audit.proof.rows.batches", batches)
    assert findings(schools.harbour.pk) == [Finding("unreadable", schools.harbour.pk, "harbour-4")]


def run(*words: str) -> tuple[str, int]:
    """Return what the command prints and its exit code."""
    out = StringIO()
    try:
        call_command("verify_audit", *words, stdout=out, stderr=out)
    except CommandError as error:
        return out.getvalue(), error.returncode
    return out.getvalue(), 0


def test_the_command(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """It ends with 0 for an untouched log, 1 for an altered one, whose row it names, and 2 for an unknown school."""
    seal()
    out, code = run()
    assert (code, out) == (0, "10 rows verified, 2 wait for a seal, 0 findings.\n")
    make.change(log[0], actor_id="somebody else")
    out, code = run()
    assert code == 1
    assert "row 'harbour-0', seal 1, school" in out
    assert run("--school", schools.hill.pk)[1] == 0
    assert run("--from", "2025-03-04")[1] == 0
    assert run("--until", "2025-03-03")[1] == 1
    assert run("--school", "nobody's")[1] == 2


def test_a_kept_checkpoint(schools: Schools, log: list[AuditLog], seal: Sealer, tmp_path: Path) -> None:
    """A checkpoint that somebody downloaded must still be in the chain."""
    seal()
    one = Seal.objects.get(school_id=schools.hill.pk)
    kept = tmp_path / "checkpoint.json"
    kept.write_text(json.dumps({"checkpoint": one.checkpoint, "signature": one.signature}))
    assert run("--checkpoint", str(kept))[1] == 0
    key = signing_key()
    assert key is not None
    other = one.record | {"root": "00"}
    kept.write_text(json.dumps({"checkpoint": json.dumps(other), "signature": key.sign(other)}))
    assert run("--checkpoint", str(kept))[1] == 1
    kept.write_text("nothing")
    assert run("--checkpoint", str(kept))[1] == 2


def test_memory_stays_flat_in_batches(
    schools: Schools, log: list[AuditLog], seal: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day of more rows than a batch is verified batch after batch, and the seals of the day together."""
    monkeypatch.setattr("audit.proof.rows.BATCH", 2)
    monkeypatch.setattr("audit.proof.sealing.BATCH", 2)
    seal()
    assert SealedRow.objects.filter(seal__school_id=schools.harbour.pk).count() == 5
    assert Seal.objects.filter(school_id=schools.harbour.pk).count() == 3
    assert findings(schools.harbour.pk) == []
    make.change(log[4], description="altered")
    assert findings(schools.harbour.pk) == [Finding("altered", schools.harbour.pk, "harbour-4", 3)]
