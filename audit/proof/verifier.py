"""Proves rows of the audit log against their seals. It goes into every exported pack and stands alone.

    python3 verifier.py PACK [--keys keys.json]

PACK is the folder or ZIP file of an export. Python 3.9 or later and the package `cryptography` are all it needs. The
portal itself seals and verifies with the functions below, so both mean the same bytes: docs/proof.md describes them.
Exit codes: 0 everything is as it was sealed, 1 something was altered, removed or inserted, 2 this is no such pack.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from json.encoder import encode_basestring
from typing import Any, NamedTuple, Optional

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SEAL_FORMAT = "classwaves-seal/1"
PACK_FORMAT = "classwaves-proof/1"
# The columns of compliance.audit_log in the catalog's order.
COLUMNS = (
    "id",
    "actor_id",
    "actor_type",
    "event_type",
    "event_category",
    "event_timestamp",
    "resource_type",
    "resource_id",
    "school_id",
    "session_id",
    "description",
    "ip_address",
    "user_agent",
    "compliance_basis",
    "data_accessed",
    "affected_student_ids",
    "created_at",
)
INSTANTS = ("event_timestamp", "created_at")
# What may name a person: sealed by salted commitments, so that it can be erased and the seal stays valid.
ERASABLE = (
    "actor_id",
    "resource_id",
    "session_id",
    "description",
    "ip_address",
    "user_agent",
    "data_accessed",
    "affected_student_ids",
)
PLAIN = sorted(set(COLUMNS) - set(ERASABLE))
# What stands in an erased field that may not be null.
ERASED = "[erased]"
SALT_BYTES = 32

Row = Sequence[Optional[str]]
_PLAIN_AT = [(f'"{name}":'.encode(), COLUMNS.index(name)) for name in PLAIN]
_ERASABLE_AT = [COLUMNS.index(name) for name in ERASABLE]
_SLICES = [slice(32 * place, 32 * place + 32) for place in range(len(ERASABLE))]
_sha256, _shake256 = hashlib.sha256, hashlib.shake_256


# --- A row as bytes ------------------------------------------------------------------------------


def text(value: str | None) -> bytes:
    """Return a value as RFC 8785 (JSON canonicalization) writes it: a JSON string in UTF-8, or null."""
    return b"null" if value is None else encode_basestring(value).encode("utf-8", "surrogatepass")


def field_salts(salt: bytes) -> list[bytes]:
    """Return the salt of each erasable field: 32 bytes each of SHAKE-256 of the row's salt."""
    stretched = _shake256(salt).digest(32 * len(ERASABLE))
    return [stretched[part] for part in _SLICES]


def commitment(field_salt: bytes, value: str | None) -> bytes:
    """Return what stands for an erasable field: it tells nothing of the value to those who lack the salt."""
    return _sha256(field_salt + text(value)).digest()


def commitments(row: Row, salt: bytes) -> list[bytes]:
    """Return the commitments of a row's erasable fields."""
    stretched = _shake256(salt).digest(32 * len(ERASABLE))
    return [
        _sha256(stretched[32 * n : 32 * n + 32] + text(row[place])).digest() for n, place in enumerate(_ERASABLE_AT)
    ]


def leaf_of(row: Row, committed: Iterable[bytes]) -> bytes:
    """Return the leaf of a row: RFC 6962's leaf hash over the commitments and the plain fields."""
    plain = b",".join([name + text(row[place]) for name, place in _PLAIN_AT])
    return _sha256(b"\x00" + b"".join(committed) + b"{" + plain + b"}").digest()


def leaf(row: Row, salt: bytes) -> bytes:
    """Return the leaf of a row, whose values stand in the order of COLUMNS, with its salt."""
    return leaf_of(row, commitments(row, salt))


def erased_leaf(row: Row, kept: Mapping[str, Mapping[str, str]]) -> bytes | None:
    """Return the leaf of a row of which fields were erased, or None where an erased field holds a value again.

    `kept["commitments"]` has, in hexadecimal, what stands for the erased fields, `kept["salts"]` the field salts of the
    others.
    """
    committed = []
    for name, place in zip(ERASABLE, _ERASABLE_AT):
        if name not in kept["commitments"]:
            committed.append(commitment(bytes.fromhex(kept["salts"][name]), row[place]))
        elif row[place] in (None, ERASED):
            committed.append(bytes.fromhex(kept["commitments"][name]))
        else:
            return None
    return leaf_of(row, committed)


_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?\s?(?:Z|([+-])(\d\d):?(\d\d))?")


def instant(written: str) -> str:
    """Return a time as rows are sealed with it, 2026-03-04T15:00:00.000000Z. Raises ValueError."""
    match = _INSTANT.fullmatch(written)
    if match is None:
        raise ValueError("This is no time.")
    day, clock, fraction, sign, hours, minutes = match.groups()
    moment = datetime.strptime(f"{day} {clock} {(fraction or '0').ljust(6, '0')}", "%Y-%m-%d %H:%M:%S %f")  # noqa: DTZ007
    if sign:
        ahead = timedelta(hours=int(hours), minutes=int(minutes))
        moment = moment - ahead if sign == "+" else moment + ahead
    return f"{moment.year:04}-{moment:%m-%dT%H:%M:%S.%f}Z"


def row_of(values: Mapping[str, Any]) -> list[str | None]:
    """Return a row of JSON Lines as it was sealed. Raises ValueError for a missing column or another type."""
    row: list[str | None] = []
    for name in COLUMNS:
        value = values.get(name, False)
        if value is not None and not isinstance(value, str):
            raise ValueError(f"The column {name} is missing or no text.")
        row.append(instant(value) if value is not None and name in INSTANTS else value)
    return row


# --- The tree (RFC 6962, section 2.1) --------------------------------------------------------------


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """Return the tree from its leaves up to its root, the last level. A node without a neighbour rises as it is."""
    found = [list(leaves)]
    while len(found[-1]) > 1:
        below = found[-1]
        above = [_sha256(b"\x01" + below[n] + below[n + 1]).digest() for n in range(0, len(below) - 1, 2)]
        if len(below) % 2:
            above.append(below[-1])
        found.append(above)
    return found


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root of the tree over these leaves, of which there is one at least."""
    return levels(leaves)[-1][0]


def path(tree: Sequence[Sequence[bytes]], place: int) -> list[bytes]:
    """Return the hashes that lead from the leaf at `place` (from 0) to the root."""
    found = []
    for level in tree[:-1]:
        if place ^ 1 < len(level):
            found.append(level[place ^ 1])
        place //= 2
    return found


def root_along(leaf_hash: bytes, place: int, size: int, along: Sequence[bytes]) -> bytes | None:
    """Return the root that a leaf, its place, the tree's size and a path make; None for a path of another length."""
    if not 0 <= place < size:
        return None
    node, last, used = leaf_hash, size - 1, 0
    while last:
        if place % 2 or place < last:
            if used == len(along):
                return None
            pair = along[used] + node if place % 2 else node + along[used]
            node, used = _sha256(b"\x01" + pair).digest(), used + 1
        place, last = place // 2, last // 2
    return node if used == len(along) else None


# --- Signed records --------------------------------------------------------------------------------


def canonical(record: Mapping[str, Any]) -> bytes:
    """Return a record of text and whole numbers as RFC 8785 writes it: the bytes that are signed."""
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(record: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a record, by which the next seal names it."""
    return _sha256(canonical(record)).hexdigest()


def key_id(public: bytes) -> str:
    """Return the id of a public key: the first 16 hexadecimal digits of its SHA-256."""
    return _sha256(public).hexdigest()[:16]


def is_signed(record: Mapping[str, Any], signature: str, keys: Mapping[str, bytes]) -> bool:
    """Tell whether the key that the record names signed it. Raises KeyError for a key that is not among `keys`."""
    key = Ed25519PublicKey.from_public_bytes(keys[record["key"]])
    try:
        key.verify(bytes.fromhex(signature), canonical(record))
    except (InvalidSignature, ValueError):
        return False
    return True


# --- What can be found -----------------------------------------------------------------------------

KINDS = {
    "altered": "the row is not as it was sealed",
    "unreadable": "the row holds what cannot be in the log, and so is not as it was sealed",
    "refilled": "a field of the row that was erased holds a value again",
    "moved": "the row was sealed with another day or school",
    "removed": "the row was sealed and is gone",
    "inserted": "the row has no seal, though its time lies before the last sealing",
    "reordered": "the rows of the seal are not those that were sealed, or not in their order",
    "seal_altered": "the seal is not as it was signed",
    "seal_missing": "a seal is missing in front of this one",
    "unlinked": "the seal does not name the one before it",
    "unknown_key": "the seal is signed with a key that is not known",
    "cut": "the chain has lost its last seals: the log tells of later ones",
    "contradicted": "the log tells of another seal with this number",
}


class Finding(NamedTuple):
    """Something that is not as it was sealed. `kind` is one of KINDS; what is not known is None."""

    kind: str
    school: str
    row: Optional[str] = None
    seal: Optional[int] = None

    def __str__(self) -> str:
        """Return one sentence with ids and numbers alone."""
        where = f"row {self.row!r}" if self.row is not None else f"seal {self.seal}"
        number = f", seal {self.seal}" if self.row is not None and self.seal is not None else ""
        return f"{where}{number}, school {self.school!r}: {KINDS[self.kind]}."


class Link(NamedTuple):
    """A seal as it is kept: what was signed, as text, and its signature."""

    checkpoint: str
    signature: str


class ChainChecker:
    """Checks the seals of one school in the order of their numbers."""

    def __init__(self, school: str, keys: Mapping[str, bytes], *, first: int | None = 1) -> None:
        """Begin with the number `first`; with None, wherever the chain begins: a pack has a part of it."""
        self.school, self.keys = school, keys
        self.next, self.previous = first, ""

    def check(self, link: Link, number: int) -> Finding | None:
        """Return what is wrong with the next seal, which says that it is `number`, or None."""
        kind = self._wrong(link, number)
        self.next, self.previous = number + 1, _sha256(link.checkpoint.encode()).hexdigest()
        return Finding(kind, self.school, seal=number) if kind else None

    def _wrong(self, link: Link, number: int) -> str | None:
        try:
            record = json.loads(link.checkpoint)
            same = canonical(record).decode() == link.checkpoint
            signed = same and is_signed(record, link.signature, self.keys)
        except KeyError:
            return "unknown_key"
        except (ValueError, TypeError):
            return "seal_altered"
        said = (record.get("format"), record.get("school"), record.get("number"))
        if not signed or said != (SEAL_FORMAT, self.school, number):
            return "seal_altered"
        if self.next is None:
            return None
        if number != self.next:
            return "seal_missing"
        return None if record.get("previous") == (self.previous or None) else "unlinked"
