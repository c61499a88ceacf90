"""Parquet of any size, made of Arrow batches, in pieces as it grows."""

from __future__ import annotations

import io
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["ParquetPieces"]

# Rows of a row group: small enough to stay flat in memory, large enough to pass over whole groups when reading.
GROUP = 16_000


class ParquetPieces:
    """Takes batches and gives the bytes of one Parquet file, compressed with Zstandard."""

    def __init__(self, schema: pa.Schema, about: Mapping[str, str] | None = None) -> None:
        """Begin a file; `about` stands in its metadata."""
        self._sink = _Sink()
        self._waiting: list[pa.RecordBatch] = []
        self._rows = 0
        schema = schema.with_metadata(dict(about)) if about else schema
        self._schema = schema
        # A dictionary of values that never come twice takes time and memory, and is thrown away.
        repeated = [field.name for field in schema if field.name != "id" and not pa.types.is_timestamp(field.type)]
        self._writer = pq.ParquetWriter(
            self._sink, schema, compression="zstd", compression_level=1, use_dictionary=repeated
        )

    def add(self, batch: pa.RecordBatch) -> bytes:
        """Take a batch; return what the file has grown by, which may be nothing."""
        self._waiting.append(batch)
        self._rows += batch.num_rows
        if self._rows >= GROUP:
            self._write()
        return self._sink.take()

    def end(self) -> bytes:
        """Return the rest of the file."""
        self._write()
        self._writer.close()
        return self._sink.take()

    def _write(self) -> None:
        if self._rows:
            table = pa.Table.from_batches(self._waiting).replace_schema_metadata(self._schema.metadata)
            self._writer.write_table(table, row_group_size=GROUP)
        self._waiting, self._rows = [], 0
        pa.default_memory_pool().release_unused()  # what a group took is the system's again


class _Sink(io.RawIOBase):
    """A file that hands on what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        """Say that it takes bytes."""
        return True

    def write(self, data: object) -> int:
        """Keep the bytes until they are taken."""
        piece = bytes(data)  # type: ignore[call-overload]
        self._pieces.append(piece)
        self._at += len(piece)
        return len(piece)

    def tell(self) -> int:
        """Return how many bytes were written."""
        return self._at

    def take(self) -> bytes:
        """Return what was written since the last time."""
        taken = b"".join(self._pieces)
        self._pieces = []
        return taken
