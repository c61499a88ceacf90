"""Writes the proof part of an exported pack: what verifier.py needs to prove the pack's rows without the portal.

    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        ...  # rows.jsonl, with all columns, is written by the export
        part = write_proof(row_ids, rows_file="rows.jsonl", into=into_zip(archive))
        ...  # whatever else belongs to the pack
        sign_proof(part, files={"rows.jsonl": sha256, ...}, into=into_zip(archive), now=now)

The ids come in the order of the file's rows. What is too long to be written at once is written by a `Prover`, portion
after portion, and `finish_proof`. docs/proof.md describes the files.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile, ZipInfo

from audit.models import ErasedRow, Seal, SealedRow
from audit.proof import verifier
from audit.proof.keys import NoSealKey, SealKey, public_keys, signing_key
from audit.proof.rows import canonical_rows
from audit.proof.verifier import PACK_FORMAT, SALT_BYTES
from classwaves_admin.lib import clock
from classwaves_admin.lib.digest import canonical_json
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog

__all__ = [
    "PROOFS",
    "Into",
    "ProofPart",
    "Proved",
    "Prover",
    "finish_proof",
    "into_folder",
    "into_zip",
    "keys_file",
    "sign_proof",
    "write_proof",
]

Into = Callable[[str], AbstractContextManager[IO[bytes]]]
PROOFS = "proof/rows.jsonl"
_IDS = 2_000
# Trees in memory: rows in the order of time come from few seals at once.
_TREES = 32
README = """\
This folder proves the rows of {rows_file}.

    python3 verifier.py PACK

PACK is the folder above this one, or the ZIP file. Python 3.9 or later and the package "cryptography" are needed
(pip install cryptography). Take the public key from the school rather than from keys.json: --keys FILE.
"""


@dataclass(slots=True)
class Proved:
    """How far a proof is: rows that a seal proves, rows that have none yet, and the first seal used of each school."""

    sealed: int = 0
    unsealed: int = 0
    firsts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProofPart:
    """What was written: rows that a seal proves, rows that have none yet, and the SHA-256 of each file by name.

    `rows_file` is the file of the pack that is proved.
    """

    rows_file: str
    sealed: int
    unsealed: int
    files: Mapping[str, str]


def into_zip(archive: ZipFile) -> Into:
    """Return the way to write files of a ZIP file, one after another."""

    def opened(name: str) -> IO[bytes]:
        moment = clock.now()
        info = ZipInfo(name, (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second))
        info.compress_type = archive.compression
        return archive.open(info, "w")

    return opened


def into_folder(folder: Path) -> Into:
    """Return the way to write files below a folder."""

    def opened(name: str) -> IO[bytes]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("wb")

    return opened


def write_proof(row_ids: Iterable[str], *, rows_file: str, into: Into) -> ProofPart:
    """Write the folder `proof/` for these rows of the log, all but the signature; memory stays flat.

    A row that has no seal yet is signed with the pack alone. One warehouse query for each 2,000 of those.
    Raises NoSealKey where nothing can be signed.
    """
    _key()
    prover, sums, ids = Prover(Proved()), dict[str, str](), iter(row_ids)
    with _summed(into, PROOFS, sums) as write:
        while part := list(islice(ids, _IDS)):
            write(prover.lines(part))
    return finish_proof(prover.proved, proofs_sha256=sums[PROOFS], rows_file=rows_file, into=into)


def finish_proof(proved: Proved, *, proofs_sha256: str, rows_file: str, into: Into) -> ProofPart:
    """Write what stands beside the lines of a `Prover`, all but the signature: seals, keys, verifier, how to use it."""
    sums = {PROOFS: proofs_sha256}
    with _summed(into, "proof/seals.jsonl", sums) as write:
        for line in _seals(proved.firsts):
            write(line)
    contents = {
        "proof/keys.json": canonical_json(keys_file()),
        "proof/verifier.py": Path(verifier.__file__).read_bytes(),
        "proof/README.txt": README.format(rows_file=rows_file).encode(),
    }
    for name, content in contents.items():
        with _summed(into, name, sums) as write:
            write(content)
    return ProofPart(rows_file, proved.sealed, proved.unsealed, sums)


def sign_proof(part: ProofPart, *, files: Mapping[str, str], into: Into, now: datetime) -> None:
    """Sign a proof and everything else in its pack: `files` are the SHA-256 of the other files, that of the rows too.

    Raises NoSealKey.
    """
    key = _key()
    statement = {
        "format": PACK_FORMAT,
        "file": part.rows_file,
        "rows": part.sealed + part.unsealed,
        "files": {**part.files, **files},
        "made_at": now.isoformat(),
        "key": key.id,
    }
    signed = canonical_json({"statement": statement, "signature": key.sign(statement)})
    with into("proof/proof.json") as file:
        file.write(signed)


def keys_file() -> dict[str, list[dict[str, str]]]:
    """Return the public keys as verifier.py reads them."""
    return {"keys": [{"id": name, "public": public.hex()} for name, public in sorted(public_keys().items())]}


def _key() -> SealKey:
    key = signing_key()
    if key is None:
        raise NoSealKey("AUDIT_SEAL_KEY is not set.")
    return key


class Prover:
    """Writes the lines of rows in their order; `proved` is brought up to date, and another prover goes on with it."""

    def __init__(self, proved: Proved) -> None:
        self.proved = proved
        self._tree = lru_cache(maxsize=_TREES)(_tree)

    def lines(self, row_ids: Sequence[str]) -> bytes:
        """Return a line for each row. One warehouse query for each 2,000 rows that have no seal."""
        with system_scope(reason="a row of the pack may have been sealed in another school"):
            parts = [self._lines(row_ids[start : start + _IDS]) for start in range(0, len(row_ids), _IDS)]
        return b"".join(parts)

    def _lines(self, row_ids: Sequence[str]) -> bytes:
        proofs = self._sealed(row_ids)
        self.proved.sealed += len(proofs)
        proofs |= _unsealed([row_id for row_id in row_ids if row_id not in proofs])
        self.proved.unsealed += sum(proof["seal"] is None for proof in proofs.values())
        # One that was deleted meanwhile has neither row nor proof.
        found = [{"id": row_id} | proofs[row_id] for row_id in row_ids if row_id in proofs]
        return b"".join(canonical_json(line) + b"\n" for line in found)

    def _sealed(self, row_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        proofs, firsts = {}, self.proved.firsts
        rows = SealedRow.objects.filter(pk__in=row_ids).values_list(
            "row_id", "seal_id", "seal__school_id", "seal__number", "place", "leaf", "salt"
        )
        erased = dict(ErasedRow.objects.filter(pk__in=row_ids).values_list("row_id", "kept"))
        for row_id, seal_id, school_id, number, place, leaf, salt in rows:
            firsts[school_id] = min(number, firsts.get(school_id, number))
            path = verifier.path(self._tree(seal_id), place)
            proofs[row_id] = {
                "school": school_id,
                "seal": number,
                "place": place,
                "leaf": bytes(leaf).hex(),
                "path": [each.hex() for each in path],
                **({"erased": erased.get(row_id)} if salt is None else {"salt": bytes(salt).hex()}),
            }
        return proofs


@contextmanager
def _summed(into: Into, name: str, sums: dict[str, str]) -> Iterator[Callable[[bytes], None]]:
    """Give what writes to a file of the pack, and note the file's SHA-256 at the end."""
    summed = hashlib.sha256()
    with into(name) as file:

        def write(content: bytes) -> None:
            summed.update(content)
            file.write(content)

        yield write
    sums[name] = summed.hexdigest()


def _seals(firsts: Mapping[str, int]) -> Iterator[bytes]:
    """Yield the chains of the schools from the first seal that was used to the last that there is."""
    with system_scope(reason="a row of the pack may have been sealed in another school"):
        for school_id, first in sorted(firsts.items()):
            chain = Seal.objects.filter(school_id=school_id, number__gte=first).order_by("number")
            for checkpoint, signature in chain.values_list("checkpoint", "signature").iterator():
                yield canonical_json({"checkpoint": checkpoint, "signature": signature}) + b"\n"


def _tree(seal_id: str) -> list[list[bytes]]:
    leaves = SealedRow.objects.filter(seal_id=seal_id).order_by("place").values_list("leaf", flat=True)
    return verifier.levels([bytes(leaf) for leaf in leaves])


def _unsealed(row_ids: list[str]) -> dict[str, dict[str, Any]]:
    """Return what the pack itself vouches for: a leaf with a salt of its own."""
    if not row_ids:
        return {}
    proofs = {}
    for part in canonical_rows(AuditLog.objects.filter(pk__in=row_ids)):
        for row in part:
            salt = secrets.token_bytes(SALT_BYTES)
            leaf = verifier.leaf(row, salt).hex()
            school_id = row[verifier.COLUMNS.index("school_id")]
            proofs[row[0] or ""] = {"school": school_id, "seal": None, "leaf": leaf, "salt": salt.hex()}
    return proofs
