"""The ZIP: the rows in two forms, a manifest that says what they are, and the proof that they are untouched."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from django.conf import settings

from audit.exports.formats import COLUMNS, Format
from audit.exports.kind import STEM
from audit.exports.writing import State, ids_of, path_of
from audit.proof.keys import NoSealKey
from audit.proof.pack import ProofPart, into_zip, sign_proof, write_proof
from classwaves_admin.lib.digest import sha256_hex
from classwaves_admin.lib.safe_csv import STARTS_FORMULA

MANIFEST_FORMAT = "classwaves-audit-export/1"
# Text of a log shrinks to a tenth at the fastest level; slower ones cost a minute for each million rows.
_LEVEL = 1
README = """\
Rows of the ClassWaves audit log.

manifest.json        what was searched, how many rows, as of when, and the SHA-256 of each file
{stem}.csv        for a spreadsheet: UTF-8, times in UTC. A cell that a spreadsheet would calculate has an
                     apostrophe in front: take one away from a cell that begins with it and goes on with spaces or
                     one of these signs: {signs}. Empty text and no value are both an empty cell.
{stem}.jsonl      for a program: each row as it is, one JSON object in a line
proof/               proves the rows of {stem}.jsonl, and that no file here was changed, without the portal: see
                     proof/README.txt

Check a file with:  sha256sum {stem}.jsonl
"""


def write_pack(
    folder: Path, state: State, *, query: str, schools: Sequence[str] | None, as_of: datetime, now: datetime
) -> tuple[Path, str]:
    """Write the ZIP from the files of the folder; return where it is, and the SHA-256 of its JSON Lines."""
    path = path_of(folder, Format.ZIP)
    files = [_about(path_of(folder, form)) for form in (Format.CSV, Format.JSONL)]
    manifest: dict[str, Any] = {
        "format": MANIFEST_FORMAT,
        "query": query,
        "schools": None if schools is None else sorted(schools),
        "data_as_of": as_of.isoformat(),
        "made_at": now.isoformat(),
        "made_by": settings.PORTAL_URL,
        "rows": state.rows,
        "order": "newest first, by event_timestamp and id",
        "columns": COLUMNS,
        "files": files,
    }
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for file in files:
            archive.write(folder / file["name"], file["name"])
        part = _proof(folder, archive)
        manifest["proof"] = {"sealed": part.sealed, "unsealed": part.unsealed, "files": part.files} if part else None
        signs = " ".join(sign for sign in STARTS_FORMULA if sign.strip()) + ", a tab or a line break"
        texts = {
            "manifest.json": (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode(),
            "README.txt": README.format(stem=STEM, signs=signs).encode(),
        }
        for name, content in texts.items():
            archive.writestr(name, content)
        if part:
            sums = {file["name"]: file["sha256"] for file in files}
            sums |= {name: sha256_hex(content) for name, content in texts.items()}
            sign_proof(part, files=sums, into=into_zip(archive), now=now)
    return path, files[1]["sha256"]


def _about(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"name": path.name, "bytes": path.stat().st_size, "sha256": digest}


def _proof(folder: Path, archive: ZipFile) -> ProofPart | None:
    """Write the proof, where this portal seals its log."""
    rows = path_of(folder, Format.JSONL)
    try:
        return write_proof(ids_of(rows), rows_file=rows.name, into=into_zip(archive))
    except NoSealKey:
        return None
