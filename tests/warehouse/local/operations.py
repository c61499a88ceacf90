"""One statement under way: its state, and its rows as the client fetches them."""

from __future__ import annotations

import logging
import uuid
from concurrent.futures import Future
from typing import Any

import lz4.frame
import pyarrow as pa
from databricks.sql.thrift_api.TCLIService import ttypes

from tests.warehouse.local import arrow
from tests.warehouse.local.errors import SqlError, failure

log = logging.getLogger("warehouse")
OK = ttypes.TStatus(statusCode=ttypes.TStatusCode.SUCCESS_STATUS)
STATE = ttypes.TOperationState
ROWS_OF_A_BATCH = 50_000
ROWS_OF_A_FETCH = 100_000
Outcome = tuple[pa.Table, int | None]  # the rows, and how many a DML statement changed


class Operation:
    """A statement, from its start on a thread of the warehouse until its client closes it."""

    def __init__(self, kind: int, asked: ttypes.TSparkArrowTypes | None, packed: bool) -> None:
        self.id = uuid.uuid4()
        self.handle = ttypes.TOperationHandle(
            operationId=ttypes.THandleIdentifier(self.id.bytes, uuid.uuid4().bytes),
            operationType=kind,
            hasResultSet=True,
        )
        self.asked, self.packed = asked, packed
        self.state = STATE.RUNNING_STATE
        self.error: SqlError | None = None
        self.table = pa.table({})
        self.changed: int | None = None
        self.fetched = 0
        self.future: Future[Outcome] = Future()

    def settle(self) -> None:
        """Wait for the statement and take its outcome over."""
        error = self.future.exception()
        if self.state != STATE.RUNNING_STATE:
            return
        if error is None:
            table, self.changed = self.future.result()
            self.table = arrow.as_asked(table, self.asked)
            self.state = STATE.FINISHED_STATE
            return
        if not isinstance(error, SqlError):  # a mistake of the warehouse itself: still an answer
            log.error("A statement failed inside the warehouse", exc_info=error)
            error = failure("INTERNAL_ERROR", f"{type(error).__name__}: {error}", "XX000")
        self.error = error
        self.state = STATE.ERROR_STATE

    def status(self) -> ttypes.TGetOperationStatusResp:
        """Return how far it is."""
        if self.future.done():
            self.settle()
        message = self.error.message if self.error else None
        return ttypes.TGetOperationStatusResp(
            status=OK,
            operationState=self.state,
            hasResultSet=True,
            numModifiedRows=self.changed,
            sqlState=self.error.sqlstate if self.error else None,
            errorMessage=message,
            displayMessage=message,
            diagnosticInfo=self.error.diagnostic if self.error else None,
        )

    def described(self) -> ttypes.TGetResultSetMetadataResp:
        """Return the columns of its result."""
        return ttypes.TGetResultSetMetadataResp(
            status=OK,
            schema=arrow.thrift_schema(self.table.schema),
            resultFormat=ttypes.TSparkRowSetType.ARROW_BASED_SET,
            lz4Compressed=self.packed,
            arrowSchema=self.table.schema.serialize().to_pybytes(),
            isStagingOperation=False,
        )

    def fetch(self, rows: int | None, size: int | None) -> ttypes.TFetchResultsResp:
        """Return the next rows: at most `rows`, and about `size` bytes."""
        start = self.fetched
        batches: list[Any] = []
        total = 0
        for batch in self.table.slice(start, rows or ROWS_OF_A_FETCH).to_batches(max_chunksize=ROWS_OF_A_BATCH):
            raw = batch.serialize().to_pybytes()
            if batches and size and total + len(raw) > size:
                break
            total += len(raw)
            packed = lz4.frame.compress(raw) if self.packed else raw
            batches.append(ttypes.TSparkArrowBatch(batch=packed, rowCount=batch.num_rows))
            self.fetched += batch.num_rows
        return ttypes.TFetchResultsResp(
            status=OK,
            hasMoreRows=self.fetched < self.table.num_rows,
            results=ttypes.TRowSet(startRowOffset=start, rows=[], arrowBatches=batches),
        )
