"""The ZIP: the rows in two forms, a manifest that says what they are, and the proof that they are untouched.

It is packed portion by portion, as the rows are written: a process that dies loses one at most.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from django.conf import settings
from django.urls import reverse

from audit.exports.asked import About
from audit.exports.formats import COLUMNS, Format
from audit.exports.readme import readme
from audit.exports.writing import State, path_of, proofs_of
from audit.proof.pack import PROOFS, finish_proof, into_zip, sign_proof
from classwaves_admin.lib.growing_zip import closing_zip, grow

MANIFEST_FORMAT = "classwaves-audit-export/1"
MANIFEST, README = "manifest.json", "README.txt"
# What a portion packs: a second's work or two.
PORTION_BYTES = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Printed:
    """A file of the same rows that was printed beside them; `rows` are those that it holds."""

    name: str
    path: Path
    rows: int


def pack_some(
    folder: Path, state: State, about: About, *, now: datetime, printed: Sequence[Printed] = ()
) -> tuple[Path, str] | None:
    """Do the next portion of the packing of what is in the folder and keep the state.

    Returns None until all is in the ZIP file; then where it is, and the SHA-256 of its JSON Lines.
    """
    path, rows_file = path_of(folder, Format.ZIP), path_of(folder, Format.JSONL).name
    files = _files(folder, state, printed)
    if (unsummed := next((name for name in files if name not in state.sums), None)) is not None:
        with files[unsummed].open("rb") as file:
            state.sums[unsummed] = hashlib.file_digest(file, "sha256").hexdigest()
        state.save(folder)
        return None
    if not all(member.whole for member in state.members) or len(state.members) < len(files):
        grow(path, state.members, list(files.items()), most=PORTION_BYTES)
        state.save(folder)
        return None
    manifest = _manifest(state, about, now, files, {one.name: one.rows for one in printed})
    with closing_zip(path, state.members) as archive:
        _close(archive, manifest, state, rows_file, now)
    return path, state.sums[rows_file]


def packed(state: State, folder: Path, printed: Sequence[Printed] = ()) -> float:
    """Return which part of the bytes is in the ZIP file, from 0 to 1."""
    whole = sum(path.stat().st_size for path in _files(folder, state, printed).values())
    return sum(member.taken for member in state.members) / whole if whole else 1.0


def _files(folder: Path, state: State, printed: Sequence[Printed]) -> dict[str, Path]:
    """Return the large files by their names in the ZIP file: those for people first."""
    files = {one.name: one.path for one in printed}
    files |= {path.name: path for path in (path_of(folder, form) for form in (Format.CSV, Format.JSONL))}
    return files | ({PROOFS: proofs_of(folder)} if state.proved is not None else {})


def _manifest(
    state: State, about: About, now: datetime, files: dict[str, Path], printed: dict[str, int]
) -> dict[str, Any]:
    return {
        "format": MANIFEST_FORMAT,
        "query": about.query,
        "schools": [{"id": school, "name": name} for school, name in sorted(about.schools.items())],
        "period": {
            "since": about.since.isoformat() if about.since else None,
            "until": about.until.isoformat() if about.until else None,
        },
        "data_as_of": about.as_of.isoformat(),
        "made_at": now.isoformat(),
        "made_by": settings.PORTAL_URL,
        "rows": state.rows,
        "order": "newest first, by event_timestamp and id",
        "columns": COLUMNS,
        "files": [
            {
                "name": name,
                "rows": printed.get(name, state.rows),
                "bytes": path.stat().st_size,
                "sha256": state.sums[name],
            }
            for name, path in files.items()
            if name != PROOFS
        ],
        "proof": state.proved and {"sealed": state.proved.sealed, "unsealed": state.proved.unsealed},
    }


def _close(archive: ZipFile, manifest: dict[str, Any], state: State, rows_file: str, now: datetime) -> None:
    """Write the small files, finish the proof, and sign all of it."""
    keys = settings.PORTAL_URL + reverse("seal-keys")
    small = {
        MANIFEST: json.dumps(manifest, indent=1, ensure_ascii=False).encode() + b"\n",
        README: readme(manifest, keys_url=keys).encode(),
    }
    for name, content in small.items():
        archive.writestr(name, content)
    if state.proved is None:
        return
    into = into_zip(archive)
    part = finish_proof(state.proved, proofs_sha256=state.sums[PROOFS], rows_file=rows_file, into=into)
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in small.items()}
    sign_proof(part, files=state.sums | sums, into=into, now=now)
