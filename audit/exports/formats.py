"""The forms in which rows of the log leave the portal."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from django.db import models

from classwaves_admin.lib.arrow_csv import csv_header, csv_rows
from classwaves_admin.lib.arrow_jsonl import jsonl_rows
from classwaves_admin.lib.arrow_parquet import ParquetPieces
from classwaves_admin.lib.written_ahead import written_ahead
from classwaves_admin.warehouse import arrow
from classwaves_admin.warehouse.models import AuditLog

COLUMNS = [field.attname for field in AuditLog.columns()]
SCHEMA = arrow.schema(AuditLog, COLUMNS)


class Format(models.TextChoices):
    """A form, by the ending of its file."""

    CSV = "csv", "CSV, for a spreadsheet"
    JSONL = "jsonl", "JSON Lines, for a program"
    PARQUET = "parquet", "Parquet, for a data warehouse"
    ZIP = "zip", "ZIP with CSV, JSON Lines, a manifest and the proof"


CONTENT_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSONL: "application/x-ndjson",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.ZIP: "application/zip",
}
# What is written row by row for each form.
WRITTEN = {
    Format.CSV: (Format.CSV,),
    Format.JSONL: (Format.JSONL,),
    Format.PARQUET: (Format.PARQUET,),
    Format.ZIP: (Format.CSV, Format.JSONL),
}


def pieces(form: Format, batches: Iterator[pa.RecordBatch]) -> Iterator[bytes]:
    """Yield the file of these rows, in CSV, JSON Lines or Parquet."""
    if form == Format.CSV:
        yield csv_header(SCHEMA)
        yield from written_ahead(batches, csv_rows)
    elif form == Format.JSONL:
        yield from written_ahead(batches, jsonl_rows)
    else:
        parquet = ParquetPieces(SCHEMA)
        yield from filter(None, written_ahead(batches, parquet.add))
        yield parquet.end()
