"""Erases what names a person from sealed rows; the seals stay valid (docs/proof.md).

The action that deletes a person's data calls this in its transaction and audits itself.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F

from audit.models import Chain, ErasedRow, SealedRow
from audit.proof.keys import NoSealKey, public_keys, signing_key
from audit.proof.rows import canonical_rows
from audit.proof.verifier import (
    COLUMNS,
    ERASABLE,
    ERASED,
    Row,
    commitment,
    erased_leaf,
    erasure,
    field_salts,
    is_erasure,
    leaf,
)
from classwaves_admin.warehouse.models import AuditLog
from classwaves_admin.warehouse.outbox import gateway

__all__ = ["MOST", "Erased", "erase_fields"]

# Rows of one call.
MOST = 2_000
Kept = dict[str, Any]
_AT = {name: COLUMNS.index(name) for name in COLUMNS}


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows were erased, and the ids of those that are not as they were sealed, which were left alone."""

    rows: int
    refused: tuple[str, ...]


def erase_fields(*, row_ids: Sequence[str], columns: Collection[str] = ERASABLE, now: datetime) -> Erased:
    """Erase columns of rows of the log, at most MOST, in the caller's transaction; a second call changes nothing.

    A column becomes null, or ERASED where the catalog allows no null. What stands for the erased fields in the seal is
    kept and signed, and the row's salt destroyed. A row without a seal is sealed later as it then is. Raises ValueError
    for a column that is not erasable and for too many rows, NoSealKey where a row has a seal and nothing can sign, and
    gateway.OutsideTransaction.
    """
    if not set(columns) <= set(ERASABLE):
        raise ValueError("Only columns that may name a person can be erased.")
    if len(row_ids) > MOST:
        raise ValueError(f"Erase at most {MOST} rows at once.")
    rows = {row[0] or "": row for part in canonical_rows(AuditLog.objects.filter(pk__in=row_ids)) for row in part}
    # A sealer holds the chain: what it seals meanwhile is seen here, and what is erased here it sees.
    schools = {row[_AT["school_id"]] or "" for row in rows.values()}
    list(Chain.objects.select_for_update().filter(pk__in=schools).order_by("pk"))
    sealed = SealedRow.objects.select_for_update(of=("self",)).in_bulk(list(rows))
    earlier = ErasedRow.objects.in_bulk(list(sealed))
    ready, kept, refused = [], [], []
    unsealed: set[str] = set()
    for row_id, row in rows.items():
        gone = [name for name in columns if row[_AT[name]] not in {None, ERASED}]
        if not gone:
            continue
        if row_id in sealed:
            new = _kept(row, sealed[row_id], earlier.get(row_id), gone)
            if new is None:
                refused.append(row_id)
                continue
            _sign(row_id, bytes(sealed[row_id].leaf), new, now)
            kept.append(ErasedRow(row_id=row_id, kept=new, erased_at=now))
        else:
            unsealed.add(row[_AT["school_id"]] or "")
        ready.append([row_id, *(_erased(row, name) for name in columns)])
    ErasedRow.objects.bulk_create(
        kept, update_conflicts=True, unique_fields=["row"], update_fields=["kept", "erased_at"], batch_size=500
    )
    SealedRow.objects.filter(pk__in=[one.row_id for one in kept]).update(salt=None)
    for school_id in sorted(unsealed):
        Chain.objects.filter(pk=school_id).update(erasures=F("erasures") + 1)
    gateway.update_many(AuditLog, ["id", *columns], ready)
    return Erased(len(ready), tuple(refused))


def _kept(row: Row, sealed: SealedRow, earlier: ErasedRow | None, gone: Collection[str]) -> Kept | None:
    """Return what is kept once the fields `gone` are erased; None where the row is not as it was sealed."""
    if sealed.salt is not None:
        salts = dict(zip(ERASABLE, field_salts(bytes(sealed.salt)), strict=True))
        kept: Kept = {"commitments": {}, "salts": {name: salt.hex() for name, salt in salts.items()}}
        now: bytes | None = leaf(row, bytes(sealed.salt))
    elif earlier is not None:
        kept = earlier.kept | {name: dict(earlier.kept[name]) for name in ("commitments", "salts")}
        now = erased_leaf(row, kept) if is_erasure(sealed.pk, bytes(sealed.leaf), kept, public_keys()) else None
    else:
        return None
    if now != bytes(sealed.leaf):
        return None
    for name in gone:
        salt = bytes.fromhex(kept["salts"].pop(name))
        kept["commitments"][name] = commitment(salt, row[_AT[name]]).hex()
    return kept


def _sign(row_id: str, leaf_hash: bytes, kept: Kept, now: datetime) -> None:
    """Sign what is kept, so that nobody but the portal can make an alteration look like an erasure."""
    key = signing_key()
    if key is None:
        raise NoSealKey("AUDIT_SEAL_KEY is not set.")
    kept |= {"erased_at": now.isoformat(), "key": key.id}
    kept["signature"] = key.sign(erasure(row_id, leaf_hash, kept))


def _erased(row: Row, name: str) -> str | None:
    value = row[_AT[name]]
    if value in {None, ERASED}:  # as it was sealed, or erased before
        return value
    return None if AuditLog._meta.get_field(name).null else ERASED
