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
from audit.proof.pack import into_zip, write_proof
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
proof/               proves the rows of {stem}.jsonl without the portal: see proof/README.txt

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
        manifest["proof"] = _proof(folder, archive, now)
        archive.writestr("manifest.json", json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
        signs = " ".join(sign for sign in STARTS_FORMULA if sign.strip()) + ", a tab or a line break"
        archive.writestr("README.txt", README.format(stem=STEM, signs=signs))
    return path, files[1]["sha256"]


def _about(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"name": path.name, "bytes": path.stat().st_size, "sha256": digest}


def _proof(folder: Path, archive: ZipFile, now: datetime) -> dict[str, Any] | None:
    """Write the proof, where this portal seals its log; return what the manifest says of it."""
    rows = path_of(folder, Format.JSONL)
    try:
        part = write_proof(ids_of(rows), rows_file=rows.name, into=into_zip(archive), now=now)
    except NoSealKey:
        return None
    return {"sealed": part.sealed, "unsealed": part.unsealed, "files": dict(part.files)}
