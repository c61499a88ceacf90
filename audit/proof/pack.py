"""Writes the proof part of an exported pack: what verifier.py needs to prove the pack's rows without the portal.

    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        ...  # rows.jsonl, with all columns, is written by the export
        part = write_proof(row_ids, rows_file="rows.jsonl", into=into_zip(archive))
        ...  # whatever else belongs to the pack
        sign_proof(part, files={"rows.jsonl": sha256, ...}, into=into_zip(archive), now=now)

The ids come in the order of the file's rows. docs/proof.md describes the files.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import IO, Any
from zipfile import ZipFile

from django.db.models import Min

from audit.models import ErasedRow, Seal, SealedRow
from audit.proof import verifier
from audit.proof.keys import NoSealKey, SealKey, public_keys, signing_key
from audit.proof.rows import canonical_rows
from audit.proof.verifier import PACK_FORMAT, SALT_BYTES
from classwaves_admin.lib.digest import canonical_json
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog

__all__ = ["Into", "ProofPart", "into_folder", "into_zip", "keys_file", "sign_proof", "write_proof"]

Into = Callable[[str], AbstractContextManager[IO[bytes]]]
_IDS = 2_000
# Trees in memory: rows in the order of time come from few seals at once.
_TREES = 32
README = """\
This folder proves the rows of {rows_file}.

    python3 verifier.py PACK

PACK is the folder above this one, or the ZIP file. Python 3.9 or later and the package "cryptography" are needed
(pip install cryptography). Take the public key from the school rather than from keys.json: --keys FILE.
"""


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
    return lambda name: archive.open(name, "w")


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
    writing = _Writing(into)
    with system_scope(reason="a row of the pack may have been sealed in another school"):
        sealed, unsealed = writing.rows(row_ids)
        writing.seals()
    writing.write("proof/keys.json", canonical_json(keys_file()))
    writing.write("proof/verifier.py", Path(verifier.__file__).read_bytes())
    writing.write("proof/README.txt", README.format(rows_file=rows_file).encode())
    return ProofPart(rows_file, sealed, unsealed, writing.sums)


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
    _Writing(into).write("proof/proof.json", signed)


def keys_file() -> dict[str, list[dict[str, str]]]:
    """Return the public keys as verifier.py reads them."""
    return {"keys": [{"id": name, "public": public.hex()} for name, public in sorted(public_keys().items())]}


def _key() -> SealKey:
    key = signing_key()
    if key is None:
        raise NoSealKey("AUDIT_SEAL_KEY is not set.")
    return key


class _Writing:
    """One proof on its way: its files, their sums, and the first seal used of each school."""

    def __init__(self, into: Into) -> None:
        self._into = into
        self.sums: dict[str, str] = {}
        self._used: set[str] = set()
        self._tree = lru_cache(maxsize=_TREES)(_tree)

    def rows(self, row_ids: Iterable[str]) -> tuple[int, int]:
        """Write a line for each row; return how many have a seal and how many have none."""
        ids = iter(row_ids)
        sealed = unsealed = 0
        with self._open("proof/rows.jsonl") as write:
            while part := list(islice(ids, _IDS)):
                proofs = self._sealed(part)
                sealed += len(proofs)
                proofs |= _unsealed([row_id for row_id in part if row_id not in proofs])
                unsealed += sum(proof["seal"] is None for proof in proofs.values())
                for row_id in part:
                    if row_id in proofs:  # one that was deleted meanwhile has neither row nor proof
                        write(canonical_json({"id": row_id} | proofs[row_id]) + b"\n")
        return sealed, unsealed

    def seals(self) -> None:
        """Write the chains of the schools from the first seal that was used to the last that there is."""
        firsts: dict[str, int] = {}
        used = sorted(self._used)
        for start in range(0, len(used), _IDS):
            seals = Seal.objects.filter(pk__in=used[start : start + _IDS]).order_by().values("school_id")
            for found in seals.annotate(first=Min("number")):
                school_id = found["school_id"]
                firsts[school_id] = min(found["first"], firsts.get(school_id, found["first"]))
        with self._open("proof/seals.jsonl") as write:
            for school_id, first in sorted(firsts.items()):
                chain = Seal.objects.filter(school_id=school_id, number__gte=first).order_by("number")
                for checkpoint, signature in chain.values_list("checkpoint", "signature").iterator():
                    write(canonical_json({"checkpoint": checkpoint, "signature": signature}) + b"\n")

    def write(self, name: str, content: bytes) -> None:
        """Write a file at once."""
        with self._open(name) as write:
            write(content)

    def _sealed(self, row_ids: list[str]) -> dict[str, dict[str, Any]]:
        proofs = {}
        rows = SealedRow.objects.filter(pk__in=row_ids).values_list(
            "row_id", "seal_id", "seal__school_id", "seal__number", "place", "leaf", "salt"
        )
        erased = dict(ErasedRow.objects.filter(pk__in=row_ids).values_list("row_id", "kept"))
        for row_id, seal_id, school_id, number, place, leaf, salt in rows:
            self._used.add(seal_id)
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
    def _open(self, name: str) -> Iterator[Callable[[bytes], None]]:
        summed = hashlib.sha256()
        with self._into(name) as file:

            def write(content: bytes) -> None:
                summed.update(content)
                file.write(content)

            yield write
        self.sums[name] = summed.hexdigest()


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
