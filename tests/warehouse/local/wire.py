"""The calls of the Thrift service, as the connector makes them."""

from __future__ import annotations

import re
import threading
import uuid
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pyarrow as pa
from databricks.sql.thrift_api.TCLIService import ttypes
from thrift.transport import TTransport

from tests.warehouse.local import arrow, binding, metadata
from tests.warehouse.local.access import Access
from tests.warehouse.local.engine import Engine
from tests.warehouse.local.errors import SqlError, translated
from tests.warehouse.local.operations import OK, Operation
from tests.warehouse.local.session import Operating, Session

STATUS = ttypes.TStatusCode
KIND = ttypes.TOperationType
PROTOCOL = ttypes.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V8
SECONDS_OF_DIRECT_RESULTS = 5.0  # then a statement goes on by itself, and its client asks for its state
SECONDS_OF_POLL = 0.1
REMEMBERED = 1_000
Rows = list[list[str | None]]
user_of_this_call = threading.local()


class RefusedByGateway(TTransport.TTransportException):  # the only kind that the processor lets through
    """Becomes an HTTP answer with this status and the connector's header for errors."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(message=text)
        self.status, self.text = status, text


def _error(error: SqlError, code: int = STATUS.ERROR_STATUS) -> ttypes.TStatus:
    return ttypes.TStatus(
        statusCode=code, errorMessage=error.message, sqlState=error.sqlstate, displayMessage=error.message
    )


class Handler:
    """The service of one warehouse: its sessions and the statements under way."""

    def __init__(self, engine: Engine, rights: Access, catalog: str, threads: int = 16) -> None:
        self.engine, self.rights, self.catalog = engine, rights, catalog
        self.sessions: dict[bytes, Session] = {}
        self.operations: dict[bytes, tuple[Operation, Operating]] = {}
        self.statements: deque[dict[str, str]] = deque(maxlen=REMEMBERED)
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="statement")

    def OpenSession(self, call: Any) -> Any:  # noqa: N802 - names of the service
        """Open a session in the catalog and schema asked for."""
        place = call.initialNamespace
        try:
            session = Session(
                self.engine,
                self.rights,
                user_of_this_call.name,
                call.configuration or {},
                (place and place.catalogName) or self.catalog,
                (place and place.schemaName) or "default",
            )
        except SqlError as error:
            return ttypes.TOpenSessionResp(status=_error(error), serverProtocolVersion=PROTOCOL)
        except Exception as error:  # noqa: BLE001 - whatever Spark says: still an answer
            return ttypes.TOpenSessionResp(status=_error(translated(error)), serverProtocolVersion=PROTOCOL)
        number = ttypes.THandleIdentifier(uuid.uuid4().bytes, uuid.uuid4().bytes)
        self.sessions[number.guid] = session
        return ttypes.TOpenSessionResp(
            status=OK,
            serverProtocolVersion=PROTOCOL,
            sessionHandle=ttypes.TSessionHandle(sessionId=number, serverProtocolVersion=PROTOCOL),
            configuration={},
            canUseMultipleCatalogs=True,
            initialNamespace=ttypes.TNamespace(catalogName=session.catalog, schemaName=session.schema),
        )

    def CloseSession(self, call: Any) -> Any:  # noqa: N802
        """Close a session."""
        session = self.sessions.pop(call.sessionHandle.sessionId.guid, None)
        if session is None:
            return ttypes.TCloseSessionResp(status=_error(self._stale(call.sessionHandle)))
        session.close()
        return ttypes.TCloseSessionResp(status=OK)

    def GetInfo(self, call: Any) -> Any:  # noqa: N802
        """Tell the server's name and version."""
        sort = ttypes.TGetInfoType
        known = {sort.CLI_SERVER_NAME: "Spark SQL", sort.CLI_DBMS_NAME: "Spark SQL", sort.CLI_DBMS_VER: "3.5"}
        value = ttypes.TGetInfoValue(stringValue=known.get(call.infoType, ""))
        return ttypes.TGetInfoResp(status=OK, infoValue=value)

    def ExecuteStatement(self, call: Any) -> Any:  # noqa: N802
        """Run a statement on a thread, and give its rows at once if it is done within seconds."""
        parameters = call.parameters or []
        if refusal := binding.too_much(parameters):
            raise RefusedByGateway(400, refusal)
        session = self.sessions.get(call.sessionHandle.sessionId.guid)
        if session is None:
            status = _error(self._stale(call.sessionHandle), STATUS.INVALID_HANDLE_STATUS)
            return ttypes.TExecuteStatementResp(status=status)
        operation = Operation(KIND.EXECUTE_STATEMENT, call.useArrowNativeTypes, bool(call.canDecompressLZ4Result))
        operating = Operating(operation.id.hex, call.resultRowLimit)
        tags = (call.confOverlay or {}).get("query_tags") or session.options.get("QUERY_TAGS", "")
        self.statements.append(
            {"id": str(operation.id), "user": session.user, "tags": tags, "statement": call.statement}
        )
        operation.future = self.pool.submit(session.execute, call.statement, parameters, operating)
        return self._answer(ttypes.TExecuteStatementResp, operation, operating, call.getDirectResults)

    def _answer(self, kind: Any, operation: Operation, operating: Operating, direct: Any) -> Any:
        number = operation.handle.operationId.guid
        self.operations[number] = (operation, operating)
        if not direct:
            return kind(status=OK, operationHandle=operation.handle)
        try:
            operation.future.exception(timeout=SECONDS_OF_DIRECT_RESULTS)
        except TimeoutError:
            results = ttypes.TSparkDirectResults(operationStatus=operation.status())
            return kind(status=OK, operationHandle=operation.handle, directResults=results)
        results = ttypes.TSparkDirectResults(operationStatus=operation.status())
        if operation.error is None:
            results.resultSetMetadata = operation.described()
            results.resultSet = operation.fetch(direct.maxRows, direct.maxBytes)
            if not results.resultSet.hasMoreRows:
                results.closeOperation = ttypes.TCloseOperationResp(status=OK)
        if operation.error is not None or results.closeOperation:
            self.operations.pop(number, None)
        return kind(status=OK, operationHandle=operation.handle, directResults=results)

    def GetOperationStatus(self, call: Any) -> Any:  # noqa: N802
        """Tell how far a statement is."""
        found = self.operations.get(call.operationHandle.operationId.guid)
        if found is None:
            status = _error(SqlError("Invalid OperationHandle", "HY000"), STATUS.INVALID_HANDLE_STATUS)
            return ttypes.TGetOperationStatusResp(status=status)
        with suppress(TimeoutError):
            found[0].future.exception(timeout=SECONDS_OF_POLL)
        return found[0].status()

    def GetResultSetMetadata(self, call: Any) -> Any:  # noqa: N802
        """Describe the columns of a result."""
        try:
            return self._finished(call).described()
        except SqlError as error:
            return ttypes.TGetResultSetMetadataResp(status=_error(error))

    def FetchResults(self, call: Any) -> Any:  # noqa: N802
        """Give the next rows."""
        try:
            operation = self._finished(call)
        except SqlError as error:
            return ttypes.TFetchResultsResp(status=_error(error))
        found = operation.fetch(call.maxRows, call.maxBytes)
        if call.includeResultSetMetadata:
            found.resultSetMetadata = operation.described()
        return found

    def _finished(self, call: Any) -> Operation:
        found = self.operations.get(call.operationHandle.operationId.guid)
        if found is None:
            raise SqlError("Invalid OperationHandle", "HY000")
        found[0].settle()
        if found[0].error:
            raise found[0].error
        return found[0]

    def CloseOperation(self, call: Any) -> Any:  # noqa: N802
        """Forget a statement."""
        self.operations.pop(call.operationHandle.operationId.guid, None)
        return ttypes.TCloseOperationResp(status=OK)

    def CancelOperation(self, call: Any) -> Any:  # noqa: N802
        """End a statement."""
        found = self.operations.get(call.operationHandle.operationId.guid)
        if found:
            found[1].cancel()
        return ttypes.TCancelOperationResp(status=OK)

    def GetCatalogs(self, call: Any) -> Any:  # noqa: N802
        """List the catalogs."""
        return self._listing(
            ttypes.TGetCatalogsResp,
            call,
            KIND.GET_CATALOGS,
            ["TABLE_CAT"],
            lambda _: [[n] for n in self.engine.catalogs()],
        )

    def GetSchemas(self, call: Any) -> Any:  # noqa: N802
        """List the schemas of a catalog."""

        def rows(catalog: str) -> Rows:
            names = metadata.schemas(self.engine.catalog_folder(catalog))
            return [[name, catalog] for name in names if _like(name, call.schemaName)]

        return self._listing(ttypes.TGetSchemasResp, call, KIND.GET_SCHEMAS, ["TABLE_SCHEM", "TABLE_CATALOG"], rows)

    def GetTables(self, call: Any) -> Any:  # noqa: N802
        """List the tables of a catalog."""

        def rows(catalog: str) -> Rows:
            return [
                [catalog, table.schema, table.name, "TABLE", table.properties.get("comment", "")]
                for table in self._tables(catalog, call)
            ]

        names = ["TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "TABLE_TYPE", "REMARKS"]
        return self._listing(ttypes.TGetTablesResp, call, KIND.GET_TABLES, names, rows)

    def GetColumns(self, call: Any) -> Any:  # noqa: N802
        """List the columns of a catalog."""

        def rows(catalog: str) -> Rows:
            return [
                [
                    *(catalog, table.schema, table.name, column.name, column.type.upper(), column.comment),
                    *(str(place), "NO" if column.required else "YES"),
                ]
                for table in self._tables(catalog, call)
                for place, column in enumerate(table.columns)
                if _like(column.name, call.columnName)
            ]

        names = [
            "TABLE_CAT",
            "TABLE_SCHEM",
            "TABLE_NAME",
            "COLUMN_NAME",
            "TYPE_NAME",
            "REMARKS",
            "ORDINAL_POSITION",
            "IS_NULLABLE",
        ]
        return self._listing(ttypes.TGetColumnsResp, call, KIND.GET_COLUMNS, names, rows)

    def _tables(self, catalog: str, call: Any) -> list[metadata.Table]:
        found = metadata.tables(self.engine.catalog_folder(catalog))
        return [each for each in found if _like(each.schema, call.schemaName) and _like(each.name, call.tableName)]

    def _listing(self, kind: Any, call: Any, sort: int, names: list[str], rows: Callable[[str], Rows]) -> Any:
        session = self.sessions.get(call.sessionHandle.sessionId.guid)
        if session is None:
            return kind(status=_error(self._stale(call.sessionHandle), STATUS.INVALID_HANDLE_STATUS))
        catalog = getattr(call, "catalogName", None) or session.catalog
        operation = Operation(sort, None, packed=False)

        def listed() -> tuple[pa.Table, None]:
            return arrow.text_table(names, rows(catalog)), None

        operation.future = self.pool.submit(listed)
        return self._answer(kind, operation, Operating(operation.id.hex), call.getDirectResults)

    @staticmethod
    def _stale(handle: Any) -> SqlError:
        number = uuid.UUID(bytes=handle.sessionId.guid)
        return SqlError(f"Invalid SessionHandle: SessionHandle [{number}]", "08003")


def _like(name: str, pattern: str | None) -> bool:
    """Tell whether a name fits a pattern of the metadata calls."""
    if not pattern or pattern == "%":
        return True
    parts = re.split(r"(\\.|%|_)", pattern)
    means = {"%": ".*", "_": "."}
    expression = "".join(means.get(part, re.escape(part.removeprefix("\\"))) for part in parts)
    return re.fullmatch(expression, name, re.IGNORECASE) is not None
