"""The process that reads a SQLite file for `sqlite.py`.

It is asked in JSON on its standard input, answers in Arrow's format on its output, and loads nothing of Django.
"""

from __future__ import annotations

import json
import sys
from contextlib import closing

import pyarrow as pa
from adbc_driver_sqlite import dbapi

BATCH = "adbc.sqlite.query.batch_rows"


def main() -> None:
    """Answer one question: `file` (its address), `sql`, `params`, `size` (rows of a batch)."""
    asked = json.load(sys.stdin)
    with closing(dbapi.connect(asked["file"])) as driver, closing(driver.cursor()) as cursor:
        cursor.adbc_statement.set_options(**{BATCH: str(asked["size"])})
        cursor.execute(asked["sql"], asked["params"] or None)
        reader = cursor.fetch_record_batch()
        with closing(reader), pa.ipc.new_stream(sys.stdout.buffer, reader.schema) as answer:
            for batch in reader:
                answer.write_batch(batch)


if __name__ == "__main__":
    main()
