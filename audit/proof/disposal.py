"""Rows that retention deletes: each seal keeps a signed note of those that it may lack.

The leaves stay, so that the other rows of the seal can be proved. A note is signed, because else whoever can write the
portal's database could remove a row and say that retention did.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from audit.models import ErasedRow, Seal, SealedRow
from audit.proof.keys import NoSealKey, SealKey, public_keys, signing_key
from audit.proof.verifier import canonical, is_signed

__all__ = ["MOST", "note_disposal", "places_let_go"]

FORMAT = "classwaves-disposal/1"
# Rows of one call.
MOST = 2_000


def note_disposal(*, row_ids: Iterable[str], now: datetime) -> int:
    """Note that retention deletes these rows, at most MOST, in its transaction; return how many had a seal.

    Their salts are destroyed. Raises NoSealKey where a row has a seal and nothing can sign, and ValueError for too
    many rows.
    """
    wanted = list(row_ids)
    if len(wanted) > MOST:
        raise ValueError(f"Note at most {MOST} rows at once.")
    rows = SealedRow.objects.filter(pk__in=wanted, disposed_at=None)
    gone: dict[str, list[int]] = {}
    for seal_id, place in rows.values_list("seal_id", "place"):
        gone.setdefault(seal_id, []).append(place)
    if not gone:
        return 0
    key = signing_key()
    if key is None:
        raise NoSealKey("AUDIT_SEAL_KEY is not set.")
    ErasedRow.objects.filter(row__in=rows).delete()
    noted = rows.update(disposed_at=now, salt=None)
    for seal in Seal.objects.select_for_update().filter(pk__in=list(gone)).order_by("pk"):
        _sign(seal, places_let_go(seal, public_keys()) | set(gone[seal.pk]), key, now)
    return noted


def places_let_go(seal: Seal, keys: Mapping[str, bytes]) -> set[int]:
    """Return the places of a seal whose rows retention has deleted: those of a note that is signed, else none."""
    if not seal.disposal:
        return set()
    try:
        note = json.loads(seal.disposal)
        signed = canonical(note).decode() == seal.disposal and is_signed(note, seal.disposal_signature, keys)
        if not signed or {name: note[name] for name in ("format", "seal")} != _about(seal):
            return set()
        return {place for first, last in note["places"] for place in range(first, last + 1)}
    except (KeyError, TypeError, ValueError):
        return set()


def _sign(seal: Seal, places: set[int], key: SealKey, now: datetime) -> None:
    note = _about(seal) | {"places": _ranges(sorted(places)), "noted_at": now.isoformat(), "key": key.id}
    seal.disposed = len(places)
    seal.disposal, seal.disposal_signature = canonical(note).decode(), key.sign(note)
    seal.save(update_fields=["disposed", "disposal", "disposal_signature"])


def _about(seal: Seal) -> dict[str, Any]:
    """Return what ties a note to one seal: its digest names school, number, and root."""
    return {"format": FORMAT, "seal": seal.digest}


def _ranges(places: Sequence[int]) -> list[list[int]]:
    """Return rising numbers as pairs of first and last of each run."""
    ends = [place for place, following in pairwise(places) if following != place + 1]
    firsts = [following for place, following in pairwise(places) if following != place + 1]
    return [list(run) for run in zip([places[0], *firsts], [*ends, places[-1]], strict=True)]
