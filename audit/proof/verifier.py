"""Proves rows of the audit log against their seals. It goes into every exported pack and stands alone.

    python3 verifier.py PACK [--keys keys.json]

PACK is the folder or ZIP file of an export. Python 3.9 or later and the package `cryptography` are all it needs. The
portal itself seals and verifies with the functions below, so both mean the same bytes: docs/proof.md describes them.
Exit codes: 0 everything is as it was sealed, 1 something was altered, removed or inserted, 2 this is no such pack.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest
from json.encoder import encode_basestring
from pathlib import Path
from typing import IO, Any, NamedTuple, Optional

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SEAL_FORMAT = "classwaves-seal/1"
PACK_FORMAT = "classwaves-proof/1"
PROOF_FILES = ("proof/rows.jsonl", "proof/seals.jsonl", "proof/keys.json")
ERASURE_FORMAT = "classwaves-erasure/1"
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
_PLAIN_AT = [(f'"{name}":', COLUMNS.index(name)) for name in PLAIN]
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
    values = [(name, row[place]) for name, place in _PLAIN_AT]
    plain = ",".join([name + ("null" if value is None else encode_basestring(value)) for name, value in values])
    return _sha256(b"\x00" + b"".join(committed) + f"{{{plain}}}".encode("utf-8", "surrogatepass")).digest()


def leaf(row: Row, salt: bytes) -> bytes:
    """Return the leaf of a row, whose values stand in the order of COLUMNS, with its salt."""
    return leaf_of(row, commitments(row, salt))


def erased_leaf(row: Row, kept: Mapping[str, Mapping[str, str]]) -> bytes | None:
    """Return the leaf of a row of which fields were erased, or None where an erased field holds a value again.

    `kept["commitments"]` has, in hexadecimal, what stands for the erased fields, `kept["salts"]` the field salts of the
    others. Whether the portal erased them is_erasure tells.
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
    plain = f"{day}T{clock}.{(fraction or '').ljust(6, '0')}"
    moment = datetime.fromisoformat(plain)
    if not sign or hours == minutes == "00":
        return f"{plain}Z"
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


def erasure(row_id: str, leaf_hash: bytes, kept: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record that is signed when fields of a row are erased: which row, which fields, and when.

    `kept` is what stays of them: `commitments` by column, `erased_at`, and `key`. Raises KeyError.
    """
    said = {name: kept[name] for name in ("commitments", "erased_at", "key")}
    return {"format": ERASURE_FORMAT, "row": row_id, "leaf": leaf_hash.hex(), **said}


def is_erasure(row_id: str, leaf_hash: bytes, kept: Mapping[str, Any], keys: Mapping[str, bytes]) -> bool:
    """Tell whether the portal signed that just these fields of the row were erased."""
    try:
        return is_signed(erasure(row_id, leaf_hash, kept), kept["signature"], keys)
    except (KeyError, TypeError, ValueError):
        return False


# --- What can be found -----------------------------------------------------------------------------

KINDS = {
    "altered": "the row is not as it was sealed",
    "unreadable": "the row holds what cannot be in the log, and so is not as it was sealed",
    "refilled": "a field of the row that was erased holds a value again",
    "returned": "the row was disposed of and is in the log again",
    "doubled": "the row is there more than once",
    "moved": "the row was sealed with another day or school",
    "removed": "the row was sealed and is gone",
    "inserted": "the row has no seal, though its time lies before the last sealing",
    "reordered": "the rows of the seal are not those that were sealed, or not in their order",
    "seal_altered": "the seal is not as it was signed",
    "seal_missing": "a seal is missing in front of this one",
    "unlinked": "the seal does not name the one before it",
    "unknown_key": "the seal is signed with a key that is not known",
    "cut": "the chain has lost its last seals: the log tells of later ones",
    "miscounted": "the number of seals and rows that is kept of the chain is not that of its seals",
    "contradicted": "the log tells of another seal with this number",
    "foreign": "the row was inserted: it is none of the pack's",
    "shuffled": "the rows are not in the order in which they were exported",
    "unproved": "nothing in the pack proves the row",
    "pack_altered": "the proof is not as the portal signed it",
    "file_altered": "the file is not as the portal signed it",
    "file_missing": "the file is missing in the pack",
    "file_added": "the file was added, or is there twice: it is none of the pack's",
}
# Findings that are printed; all are counted.
SHOWN = 50


class Finding(NamedTuple):
    """Something that is not as it was sealed. `kind` is one of KINDS; what is not known is None."""

    kind: str
    school: str
    row: Optional[str] = None
    seal: Optional[int] = None
    file: Optional[str] = None

    def __str__(self) -> str:
        """Return one sentence with ids and numbers alone."""
        names = (("file", self.file), ("row", self.row), ("seal", self.seal), ("school", self.school or None))
        where = ", ".join(f"{name} {value!r}" for name, value in names if value is not None)
        return f"{where or 'pack'}: {KINDS[self.kind]}."


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


# --- A pack ------------------------------------------------------------------------------------------


class NoPack(Exception):
    """The files of a proof are not there or cannot be read: the message says which."""


class Pack:
    """The files of a pack, in a folder or in a ZIP file."""

    def __init__(self, place: Path) -> None:
        """Open a folder or a ZIP file. Raises NoPack."""
        self.folder = place
        self.sums: dict[str, str] = {}
        try:
            self.zip = None if place.is_dir() else zipfile.ZipFile(place)
        except (OSError, zipfile.BadZipFile):
            raise NoPack(f"{place} is neither a folder nor a ZIP file.") from None

    def open(self, name: str) -> IO[bytes]:
        """Open a file of the pack. Raises NoPack."""
        try:
            return self.zip.open(name) if self.zip else (self.folder / name).open("rb")
        except (OSError, KeyError):
            raise NoPack(f"{name} is missing in the pack.") from None

    def lines(self, name: str) -> Iterator[Any]:
        """Yield the values of a file of JSON Lines; once it is at its end `sums` has its SHA-256. Raises NoPack."""
        summed = _sha256()
        with self.open(name) as file:
            for number, line in enumerate(file, start=1):
                summed.update(line)
                try:
                    yield json.loads(line)
                except (ValueError, RecursionError):
                    raise NoPack(f"{name}: line {number} is no JSON.") from None
        self.sums[name] = summed.hexdigest()

    def sum_of(self, name: str) -> str:
        """Return the SHA-256 of a file. Raises NoPack."""
        if name not in self.sums:
            summed = _sha256()
            with self.open(name) as file:
                for part in iter(lambda: file.read(1 << 20), b""):
                    summed.update(part)
            self.sums[name] = summed.hexdigest()
        return self.sums[name]

    def added(self, known: Iterable[str]) -> list[str]:
        """Return the names in a ZIP file that are none of `known`, or are there twice: a folder may have notes too."""
        names = [name for name in (self.zip.namelist() if self.zip else []) if not name.endswith("/")]
        return list((Counter(names) - Counter(set(known))).elements())

    def value(self, name: str) -> Any:
        """Return the value of a JSON file. Raises NoPack."""
        with self.open(name) as file:
            try:
                return json.loads(file.read())
            except (ValueError, RecursionError):
                raise NoPack(f"{name} is no JSON.") from None


class Result(NamedTuple):
    """What the check of a pack found: rows proved by a seal, rows signed with the pack alone, and what is wrong."""

    proved: int
    unsealed: int
    findings: list[Finding]


def check_pack(place: Path, trusted: Mapping[str, bytes] | None = None) -> Result:
    """Check every row of a pack. `trusted` are public keys got elsewhere; without, those of the pack. Raises NoPack."""
    pack = Pack(place)
    keys = trusted or keys_of(pack.value("proof/keys.json"))
    signed = pack.value("proof/proof.json")
    try:
        statement, findings = signed["statement"], []
        if statement["format"] != PACK_FORMAT or not is_signed(statement, signed["signature"], keys):
            findings.append(Finding("pack_altered", ""))
    except (KeyError, TypeError, AttributeError):
        return Result(0, 0, [Finding("unknown_key" if isinstance(signed, dict) else "pack_altered", "")])
    seals, wrong = _seals(pack, keys)
    findings += wrong
    checker = RowChecker(seals, keys)
    wrong = _rows(pack, str(statement.get("file")), checker)
    findings += wrong + list(_files(pack, statement, rows_named=bool(wrong)))
    return Result(checker.proved, checker.unsealed, findings)


def keys_of(written: Any) -> dict[str, bytes]:
    """Return public keys by their ids from the content of keys.json. Raises NoPack."""
    try:
        found = [bytes.fromhex(each["public"]) for each in written["keys"]]
    except (KeyError, TypeError, ValueError):
        raise NoPack("The file of keys cannot be read.") from None
    if not found:
        raise NoPack("The file of keys has none.")
    return {key_id(public): public for public in found}


def _seals(pack: Pack, keys: Mapping[str, bytes]) -> tuple[dict[tuple[str, int], Any], list[Finding]]:
    """Return the checkpoints of a pack by school and number, and what is wrong with them."""
    found: dict[tuple[str, int], Any] = {}
    findings: list[Finding] = []
    checker = None
    for line in pack.lines("proof/seals.jsonl"):
        try:
            link = Link(line["checkpoint"], line["signature"])
            record = json.loads(link.checkpoint)
            school, number = record["school"], record["number"]
        except (KeyError, TypeError, ValueError):
            findings.append(Finding("seal_altered", ""))
            continue
        if checker is None or checker.school != school:
            checker = ChainChecker(school, keys, first=None)
        wrong = checker.check(link, number)
        if wrong:
            findings.append(wrong)
        else:
            found[school, number] = record
    return found, findings


def _files(pack: Pack, statement: Mapping[str, Any], *, rows_named: bool) -> Iterator[Finding]:
    """Yield the files that are not those that were signed; that of the rows only where no row is named already."""
    signed = statement.get("files")
    if not isinstance(signed, dict) or not {statement.get("file"), *PROOF_FILES} <= set(signed):
        yield Finding("pack_altered", "")
        return
    for name, sum_then in signed.items():
        try:
            same = pack.sum_of(name) == sum_then
        except NoPack:
            yield Finding("file_missing", "", file=name)
            continue
        if not same and not (rows_named and name == statement["file"]):
            yield Finding("file_altered", "", file=name)
    for name in pack.added([*signed, "proof/proof.json"]):
        yield Finding("file_added", "", file=name)


def _rows(pack: Pack, rows_file: str, checker: RowChecker) -> list[Finding]:
    """Hold rows and proofs against each other; return what is wrong."""
    findings: list[Finding] = []
    pairs = _Pairs(pack.lines(rows_file), pack.lines("proof/rows.jsonl"))
    for row, proof in pairs:
        finding = checker.check(row, proof)
        if finding:
            findings.append(finding)
    findings += [Finding("foreign", "", row=None if row_id is None else str(row_id)) for row_id in pairs.rows]
    for row_id, proof in pairs.proofs.items():
        said = proof if isinstance(proof, dict) else {}
        findings.append(Finding("removed", str(said.get("school")), row=str(row_id), seal=said.get("seal")))
    if pairs.disordered and not findings:
        findings.append(Finding("shuffled", ""))
    return findings


# Behind the end of a file: no JSON is this.
_NOTHING = object()


class _Pairs:
    """Rows and their proofs, which stand in the same order; only where they do not, some are remembered.

    At the end `rows` are those without a proof and `proofs` those without a row.
    """

    def __init__(self, rows: Iterator[Any], proofs: Iterator[Any]) -> None:
        self._rows, self._proofs = rows, proofs
        self.rows: dict[Any, Any] = {}
        self.proofs: dict[Any, Any] = {}
        self.disordered = False

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        for row, proof in zip_longest(self._rows, self._proofs, fillvalue=_NOTHING):
            if _NOTHING not in (row, proof) and _id(row) == _id(proof):
                yield row, proof
                continue
            self.disordered = True
            if row is not _NOTHING:
                yield from self._found(row, self.rows, self.proofs)
            if proof is not _NOTHING:
                yield from ((one, other) for other, one in self._found(proof, self.proofs, self.rows))

    @staticmethod
    def _found(value: Any, own: dict[Any, Any], others: dict[Any, Any]) -> Iterator[tuple[Any, Any]]:
        other = others.pop(_id(value), None)
        if other is None:
            own[_id(value)] = value
        else:
            yield value, other


def _id(line: Any) -> Any:
    value = line.get("id") if isinstance(line, dict) else None
    return value if isinstance(value, str) else None


class RowChecker:
    """Checks rows of JSON Lines with their proofs, and counts those that a seal proves and those that have none yet."""

    def __init__(self, seals: Mapping[tuple[str, int], Any], keys: Mapping[str, bytes]) -> None:
        """Begin with the seals of a pack, by school and number, and the public keys."""
        self._seals, self._keys = seals, keys
        self._met: dict[tuple[str, int], bytearray] = {}
        self._last: dict[str, str] = {}
        for (school, _), seal in seals.items():
            self._last[school] = max(self._last.get(school, ""), _day_before(seal["sealed_at"]))
        self.proved = self.unsealed = 0

    def check(self, values: Any, proof: Any) -> Finding | None:
        """Return what is wrong with a row and its proof, or None."""
        row_id = _id(values)
        try:
            row, number, school = row_of(values), proof["seal"], proof["school"]
            kind = self._leaf(row, proof) or (self._late(row) if number is None else self._place(proof))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError):
            return Finding("unproved", "", row=row_id)
        if kind:
            return Finding(kind, school, row=row_id, seal=number)
        self.proved, self.unsealed = self.proved + (number is not None), self.unsealed + (number is None)
        return None

    def _leaf(self, row: Row, proof: Any) -> str | None:
        """Return what is wrong with the row against its leaf."""
        if "salt" in proof:
            found: bytes | None = leaf(row, bytes.fromhex(proof["salt"]))
        else:
            kept, leaf_hash = proof["erased"], bytes.fromhex(proof["leaf"])
            if not is_erasure(str(row[0]), leaf_hash, kept, self._keys):
                return "altered"
            found = erased_leaf(row, kept)
        if found is None:
            return "refilled"
        return None if found.hex() == proof["leaf"] else "altered"

    def _place(self, proof: Any) -> str | None:
        """Return what is wrong with the leaf's place in the tree of its seal."""
        seal, place = self._seals[proof["school"], proof["seal"]], proof["place"]
        along = [bytes.fromhex(each) for each in proof["path"]]
        made = root_along(bytes.fromhex(proof["leaf"]), place, seal["rows"], along)
        if made is None or made.hex() != seal["root"]:
            return "unproved"
        met = self._met.setdefault((proof["school"], proof["seal"]), bytearray(seal["rows"]))
        if met[place]:
            return "doubled"
        met[place] = 1
        return None

    def _late(self, row: Row) -> str | None:
        """Return what is wrong with a row that has no seal: its time lies well before the last seal of its school."""
        at = (row[COLUMNS.index("event_timestamp")] or "", row[COLUMNS.index("school_id")] or "")
        return "inserted" if at[0] < self._last.get(at[1], "") else None


def _day_before(moment: str) -> str:
    return instant((datetime.fromisoformat(moment) - timedelta(days=1)).isoformat())


def main() -> int:
    """Read the command line, check the pack, and tell a person."""
    parser = argparse.ArgumentParser(description="Prove the rows of an exported pack of the audit log.")
    parser.add_argument("pack", type=Path, help="the folder or ZIP file")
    parser.add_argument("--keys", type=Path, help="public keys that you got elsewhere: the keys.json of the portal")
    given = parser.parse_args()
    try:
        trusted = keys_of(json.loads(given.keys.read_text(encoding="utf-8"))) if given.keys else None
        keys = trusted or keys_of(Pack(given.pack).value("proof/keys.json"))
        result = check_pack(given.pack, keys)
    except (NoPack, OSError, ValueError) as error:
        print(f"This pack cannot be verified: {error}", file=sys.stderr)
        return 2
    for finding in result.findings[:SHOWN]:
        print(finding)
    if len(result.findings) > SHOWN:
        print(f"... and {len(result.findings) - SHOWN} more.")
    print(f"{result.proved} rows proved by seals, {result.unsealed} by the pack alone.")
    came = "as you gave them" if trusted else "which came with the pack: compare them with what the school gave you"
    print(f"Keys {', '.join(sorted(keys))}, {came}.")
    print(f"{len(result.findings)} findings." if result.findings else "Everything is as it was sealed.")
    return 1 if result.findings else 0


if __name__ == "__main__":
    sys.exit(main())
