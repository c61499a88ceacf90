"""What is in an archive file: written, read back, compared, and described by a manifest beside it."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from classwaves_admin.lib.arrow_parquet import GROUP, ParquetPieces
from classwaves_admin.lib.digest import sha256_hex
from retention.archive.damage import Damaged
from retention.files import ARCHIVE, mark
from retention.models import ArchiveFile
from retention.rules.prints import digest_of

__all__ = ["MOST_ROWS", "Damaged", "manifest_name", "place", "put", "read"]

# One row group: what is in memory at once.
MOST_ROWS = GROUP


def place() -> Storage:
    """Return the storage of the archive."""
    return storages[ARCHIVE]


def put(file: ArchiveFile, rows: pa.Table) -> None:
    """Write the rows under the name of the file, read them back, and set what the row says of them.

    What stands under the name already was left by a process that died. Raises Damaged where the storage gives back
    something else, and what the storage raises; then nothing is left under the name.
    """
    content = _parquet(file, rows)
    file.rows, file.size, file.sha256 = rows.num_rows, len(content), sha256_hex(content)
    file.ids_sha256 = digest_of(_ids(rows))
    file.columns = [[field.name, str(field.type)] for field in rows.schema]
    storage = place()
    mark(storage)
    try:
        _save(storage, file.name, content)
        if not read(file).equals(rows):
            raise Damaged("The archive gives back other rows than it was given.")
        _save(storage, manifest_name(file.name), _manifest(file))
    except BaseException:
        for name in (file.name, manifest_name(file.name)):
            storage.delete(name)
        raise


def read(file: ArchiveFile, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the rows of a file, whose every byte is the one that was written. Raises Damaged."""
    try:
        with place().open(file.name) as source:
            content = source.read()
    except OSError:
        raise Damaged("The archive file cannot be opened.") from None
    if sha256_hex(content) != file.sha256:
        raise Damaged("The archive file is not the one that was written.")
    return pq.read_table(io.BytesIO(content), columns=list(columns) if columns else None).replace_schema_metadata(None)


def manifest_name(name: str) -> str:
    """Return the name of the manifest that stands beside a file."""
    return f"{name.removesuffix('.parquet')}.json"


def _parquet(file: ArchiveFile, rows: pa.Table) -> bytes:
    pieces = ParquetPieces(rows.schema, {"table": file.table, "school_id": file.school_id, "month": file.month})
    grown = [pieces.add(batch) for batch in rows.to_batches()]
    return b"".join((*grown, pieces.end()))


def _manifest(file: ArchiveFile) -> bytes:
    """Return what a person needs who has the two files and nothing else."""
    about: dict[str, Any] = {
        "table": file.table,
        "school_id": file.school_id,
        "month": file.month,
        "run": file.run_id,
        "segment": file.segment,
        "rows": file.rows,
        "bytes": file.size,
        "sha256": file.sha256,
        "ids_sha256": file.ids_sha256,
        "columns": dict(file.columns),
        "days_count_from": [file.oldest.isoformat(), file.newest.isoformat()],
        "made_at": file.made_at.isoformat(),
        "rewritten_at": file.rewritten_at.isoformat() if file.rewritten_at else None,
    }
    return json.dumps(about, indent=2).encode() + b"\n"


def _save(storage: Storage, name: str, content: bytes) -> None:
    storage.delete(name)
    if storage.save(name, ContentFile(content)) != name:
        raise Damaged("The archive stores files under other names than it is given.")


def _ids(rows: pa.Table) -> list[str]:
    found: list[str] = rows.column("id").to_pylist()
    return found
