"""The process that reads a SQLite file for `sqlite.py`.

It is asked on its standard input and answers on its output, both in Arrow's format. It loads nothing of Django, and not
pandas either, which takes twice the time of all the rest: the driver's DB-API would bring it, or an array of a list.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack

import adbc_driver_sqlite
import pyarrow as pa
from adbc_driver_manager import AdbcConnection, AdbcStatement
from adbc_driver_sqlite import StatementOptions


def main() -> None:
    """Answer one question: a row of parameters, and with its types `file` (its address), `sql`, `size` (of a batch)."""
    with pa.ipc.open_stream(sys.stdin.buffer) as question:
        parameters = question.read_next_batch()
    asked = {name.decode(): value.decode() for name, value in parameters.schema.metadata.items()}
    with ExitStack() as open_now:
        database = open_now.enter_context(adbc_driver_sqlite.connect(asked["file"]))
        connection = open_now.enter_context(AdbcConnection(database))
        statement = open_now.enter_context(AdbcStatement(connection))
        statement.set_options(**{StatementOptions.BATCH_ROWS.value: asked["size"]})
        statement.set_sql_query(asked["sql"])
        if parameters.num_columns:
            statement.bind(parameters)
        stream, _ = statement.execute_query()
        reader = open_now.enter_context(pa.RecordBatchReader.from_stream(stream))
        with pa.ipc.new_stream(sys.stdout.buffer, reader.schema) as answer:
            for batch in reader:
                answer.write_batch(batch)


if __name__ == "__main__":
    main()
