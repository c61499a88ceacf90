"""Erasing what names a person: the rows lose it, the seals stay valid."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction

from audit.models import ErasedRow, SealedRow
from audit.proof import sealing
from audit.proof.disposal import note_disposal
from audit.proof.erasing import erase_fields
from audit.proof.keys import signing_key
from audit.proof.verifier import ERASABLE, ERASED, Finding, Row, leaf
from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import system
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import AuditLog
from classwaves_admin.warehouse.outbox import delivery, gateway
from classwaves_admin.warehouse.outbox.gateway import OutsideTransaction
from tests.factories import catalog as make
from tests.integration.audit.conftest import Schools
from tests.integration.audit.proof.conftest import NOON
from tests.integration.audit.proof.test_verifying import findings

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True, databases=["default", "warehouse"])]
Sealer = Callable[[], None]


def erase(*row_ids: str, columns: tuple[str, ...] = ERASABLE) -> tuple[int, tuple[str, ...]]:
    """Erase as the deletion of a person does."""
    with transaction.atomic():
        erased = erase_fields(row_ids=row_ids, columns=columns, now=clock.now())
    return erased.rows, erased.refused


def test_an_erased_row_leaves_the_seal_valid(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """Every field that may name a person is gone, the salt too, and the verification finds nothing."""
    seal()
    assert erase("harbour-1", "harbour-2") == (2, ())
    row = AuditLog.objects.get(pk="harbour-1")
    assert [getattr(row, name) for name in ERASABLE] == [ERASED, None, None, ERASED, None, None, None, None]
    assert row.event_type == "student.viewed"
    assert SealedRow.objects.get(pk="harbour-1").salt is None
    assert findings(schools.harbour.pk) == []


def test_a_field_that_always_said_erased(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """A service may have written that very word: it is left as it was sealed, and the row stays proved."""
    make.change(log[0], description=ERASED, session_id=ERASED)
    seal()
    assert erase("harbour-0") == (1, ())
    assert findings(schools.harbour.pk) == []
    make.change(log[0], session_id="another")
    assert findings(schools.harbour.pk) == [Finding("altered", schools.harbour.pk, "harbour-0", 1)]


def test_columns_are_erased_one_after_another(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """What was not erased is still proved, and can be erased later; a second time changes nothing."""
    seal()
    assert erase("harbour-0", columns=("ip_address", "user_agent")) == (1, ())
    assert findings(schools.harbour.pk) == []
    assert erase("harbour-0", columns=("actor_id",)) == (1, ())
    assert erase("harbour-0", columns=("actor_id", "ip_address")) == (0, ())
    assert findings(schools.harbour.pk) == []
    assert AuditLog.objects.get(pk="harbour-0").resource_id == "student-0"
    assert set(ErasedRow.objects.get().kept["commitments"]) == {"actor_id", "ip_address"}


@pytest.mark.parametrize("column", [name for name in ERASABLE if name != "actor_id"])
def test_what_stays_of_an_erased_row_is_proved(
    schools: Schools, log: list[AuditLog], seal: Sealer, column: str
) -> None:
    """A field that was not erased cannot be altered."""
    seal()
    erase("harbour-0", columns=("actor_id",))
    with guard.writing():
        AuditLog.objects.filter(pk="harbour-0").update(**{column: "altered"})
    assert findings(schools.harbour.pk) == [Finding("altered", schools.harbour.pk, "harbour-0", 1)]


def test_an_erased_field_cannot_be_filled_again(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """Another name in an erased field is found."""
    seal()
    erase("harbour-0")
    make.change(AuditLog.objects.get(pk="harbour-0"), actor_id="somebody else")
    assert findings(schools.harbour.pk) == [Finding("refilled", schools.harbour.pk, "harbour-0", 1)]


def test_an_altered_row_is_not_erased(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """No alteration hides behind an erasure: the row is refused and stays as it is."""
    seal()
    make.change(log[0], event_type="auth.login")
    assert erase("harbour-0", "harbour-1") == (1, ("harbour-0",))
    assert AuditLog.objects.get(pk="harbour-0").actor_id == "actor-0"
    assert findings(schools.harbour.pk) == [Finding("altered", schools.harbour.pk, "harbour-0", 1)]


def test_a_row_without_a_seal_is_sealed_as_it_then_is(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """Erased first, sealed later: nothing to keep."""
    assert erase("harbour-0") == (1, ())
    seal()
    assert not ErasedRow.objects.exists()
    assert findings(schools.harbour.pk) == []


def test_a_row_that_is_erased_on_its_way_to_a_seal(
    schools: Schools, log: list[AuditLog], seal: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sealer has read the row, or its erasure waits for the catalog: what no longer stands there is not sealed."""

    def slow(row: Row, salt: bytes) -> bytes:
        monkeypatch.setattr(sealing, "leaf", leaf)
        assert erase("harbour-0") == (1, ())
        return leaf(row, salt)

    key = signing_key()
    assert key is not None
    monkeypatch.setattr(sealing, "leaf", slow)
    with gateway.delivered_together():
        for school in (schools.harbour, schools.hill):
            erase("hill-0")
            sealing.seal_day(school_id=school.pk, day=NOON.date(), key=key, by=system("seal"), now=clock.now())
    assert set(SealedRow.objects.values_list("pk", flat=True)) == {"hill-1", "hill-2"}
    seal()
    assert SealedRow.objects.filter(pk__in=["harbour-0", "hill-0"]).count() == 2
    assert findings(schools.harbour.pk, schools.hill.pk) == []
    assert not ErasedRow.objects.exists()


def test_rows_that_retention_deletes(schools: Schools, log: list[AuditLog], seal: Sealer) -> None:
    """A disposal that was noted is no finding, before and after the rows are gone, and the other rows stay proved."""
    seal()
    erase("harbour-0")
    gone = ["harbour-0", "harbour-1"]
    with gateway.delivered_together(), transaction.atomic():
        assert note_disposal(row_ids=[*gone, "unknown"], now=clock.now()) == 2
        assert note_disposal(row_ids=["harbour-0"], now=clock.now()) == 0
        gateway.delete_many(AuditLog, gone)
        assert findings(schools.harbour.pk) == []  # the deletion is on its way
    delivery.deliver(even_if_resting=True)
    assert not AuditLog.objects.filter(pk__in=gone).exists()
    assert findings(schools.harbour.pk) == []
    make.change(log[2], description="altered")
    assert findings(schools.harbour.pk) == [Finding("altered", schools.harbour.pk, "harbour-2", 1)]


def test_plain_columns_and_loose_calls_are_refused(log: list[AuditLog], seal: Sealer) -> None:
    """Only columns that may name a person can be erased, and only inside a transaction."""
    seal()
    with pytest.raises(ValueError, match="may name a person"):
        erase("harbour-0", columns=("event_type",))
    with pytest.raises((OutsideTransaction, transaction.TransactionManagementError)):
        erase_fields(row_ids=["harbour-0"], now=clock.now())
