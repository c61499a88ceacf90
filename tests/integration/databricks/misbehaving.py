"""A warehouse for tests of bad days: it speaks the protocol, and on request answers wrongly, late or not at all.

Every statement is answered with one row that holds 1. `faults` has, for each method of the protocol, what
happens to its next calls; a method without a fault left is answered well. `calls` counts what arrived.
"""

from __future__ import annotations

import socket
import threading
import time
import uuid
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pyarrow as pa
from databricks.sql.thrift_api.TCLIService import TCLIService
from databricks.sql.thrift_api.TCLIService import ttypes as t
from thrift.protocol.TBinaryProtocol import TBinaryProtocol
from thrift.transport.TTransport import TMemoryBuffer

PATH = "/sql/1.0/warehouses/bad"
TABLE = pa.table({"one": pa.array([1], pa.int32())})


@dataclass(frozen=True)
class Status:
    """An answer of HTTP instead of one of the protocol."""

    code: int
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Fails:
    """The statement fails with these words."""

    words: str


class Hang:
    """No answer until the server ends."""


class Cut:
    """The connection ends in the middle of the answer."""


class Silent:
    """The connection ends before any answer, after the statement was taken."""


class Runs:
    """The statement is not done yet."""


class Waits:
    """The statement waits in the queue."""


@dataclass
class Misbehaving:
    """The server's state, which tests read and set."""

    faults: defaultdict[str, deque[Any]] = field(default_factory=lambda: defaultdict(deque))
    calls: Counter[str] = field(default_factory=Counter)
    headers: list[dict[str, str]] = field(default_factory=list)
    sessions: list[dict[str, str]] = field(default_factory=list)
    statements: list[Any] = field(default_factory=list)
    # Of the token endpoint: seconds that a token lives, the secret that it takes, and how many it gave.
    token_life: float = 3600
    secret: str = "right"
    tokens: int = 0
    refused_tokens: set[str] = field(default_factory=set)
    ended: threading.Event = field(default_factory=threading.Event)
    port: int = 0

    def will(self, method: str, *faults: Any) -> None:
        """Have the next calls of `method` go wrong in these ways, in turn."""
        self.faults[method].extend(faults)

    def next_fault(self, method: str) -> Any:
        """Return what goes wrong with this call."""
        self.calls[method] += 1
        return self.faults[method].popleft() if self.faults[method] else None


@contextmanager
def running() -> Iterator[Misbehaving]:
    """Run the server on a free port of this machine."""
    state = Misbehaving()

    class Handler(_Handler):
        server_state = state

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        state.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    server_state: Misbehaving
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_args: Any) -> None:
        """Keep the test's output clean."""

    def do_POST(self) -> None:
        """Answer one request."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        state = self.server_state
        if self.path == "/oidc/v1/token":
            self._token(body)
            return
        state.headers.append({name.lower(): value for name, value in self.headers.items()})
        method = TBinaryProtocol(TMemoryBuffer(body)).readMessageBegin()[0]
        fault = state.next_fault(method)
        if state.headers[-1]["authorization"].removeprefix("Bearer ") in state.refused_tokens:
            fault = Status(403)
        if isinstance(fault, Hang):
            state.ended.wait()
            return
        if isinstance(fault, Status):
            self._send(fault.code, b"", fault.headers)
            return
        answer = TMemoryBuffer()
        TCLIService.Processor(_Service(state, fault)).process(
            TBinaryProtocol(TMemoryBuffer(body)), TBinaryProtocol(answer)
        )
        self._answer(answer.getvalue(), fault)

    def _answer(self, answer: bytes, fault: Any) -> None:
        if isinstance(fault, Silent | Cut):
            if isinstance(fault, Cut):
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(answer))
                self.wfile.write(answer[: len(answer) // 2])
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._send(200, answer)

    def _send(self, code: int, body: bytes, headers: tuple[tuple[str, str], ...] = ()) -> None:
        self.send_response(code)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _token(self, body: bytes) -> None:
        state = self.server_state
        fault = state.next_fault("token")
        if isinstance(fault, Status):
            self._send(fault.code, b'{"error":"temporarily_unavailable"}')
            return
        login = t_login(self.headers.get("Authorization", ""))
        if login != f"client:{state.secret}" or body != b"grant_type=client_credentials&scope=all-apis":
            self._send(401, b'{"error":"invalid_client"}')
            return
        state.tokens += 1
        self._send(
            200, b'{"access_token":"made-%d","token_type":"Bearer","expires_in":%g}' % (state.tokens, state.token_life)
        )


def t_login(header: str) -> str:
    """Return `user:secret` of a Basic header."""
    from base64 import b64decode

    return b64decode(header.removeprefix("Basic ")).decode() if header.startswith("Basic ") else ""


class _Service:
    """The few methods that the connector needs."""

    def __init__(self, state: Misbehaving, fault: Any) -> None:
        self.state, self.fault = state, fault

    def OpenSession(self, request: Any) -> Any:  # noqa: N802 - names of the protocol
        """Open a session."""
        self.state.sessions.append(dict(request.configuration or {}))
        return t.TOpenSessionResp(
            status=self._status(),
            serverProtocolVersion=t.TProtocolVersion.SPARK_CLI_SERVICE_PROTOCOL_V8,
            sessionHandle=t.TSessionHandle(_id()),
            canUseMultipleCatalogs=True,
        )

    def CloseSession(self, _request: Any) -> Any:  # noqa: N802
        """Close a session."""
        return t.TCloseSessionResp(status=self._status())

    def ExecuteStatement(self, request: Any) -> Any:  # noqa: N802
        """Answer a statement at once, or say that it is still running."""
        self.state.statements.append(request)
        if isinstance(self.fault, Fails) and self.fault.words.startswith("Invalid"):
            return t.TExecuteStatementResp(status=self._status(self.fault.words))
        handle = t.TOperationHandle(_id(), t.TOperationType.EXECUTE_STATEMENT, True)
        direct = t.TSparkDirectResults(operationStatus=self._operation())
        if not isinstance(self.fault, Fails | Runs | Waits):
            schema = t.TTableSchema(
                [t.TColumnDesc("one", t.TTypeDesc([t.TTypeEntry(t.TPrimitiveTypeEntry(t.TTypeId.INT_TYPE))]), 1)]
            )
            direct.resultSetMetadata = t.TGetResultSetMetadataResp(
                status=self._status(),
                schema=schema,
                resultFormat=t.TSparkRowSetType.ARROW_BASED_SET,
                lz4Compressed=False,
                arrowSchema=TABLE.schema.serialize().to_pybytes(),
            )
            batch = t.TSparkArrowBatch(TABLE.to_batches()[0].serialize().to_pybytes(), 1)
            direct.resultSet = t.TFetchResultsResp(
                status=self._status(), hasMoreRows=False, results=t.TRowSet(0, [], arrowBatches=[batch])
            )
            direct.closeOperation = t.TCloseOperationResp(status=self._status())
        return t.TExecuteStatementResp(status=self._status(), operationHandle=handle, directResults=direct)

    def GetOperationStatus(self, _request: Any) -> Any:  # noqa: N802
        """Say how far a statement is, after a moment, as a real server does."""
        time.sleep(0.02)
        return self._operation()

    def CancelOperation(self, _request: Any) -> Any:  # noqa: N802
        """Cancel a statement."""
        return t.TCancelOperationResp(status=self._status())

    def CloseOperation(self, _request: Any) -> Any:  # noqa: N802
        """Forget a statement."""
        return t.TCloseOperationResp(status=self._status())

    def _operation(self) -> Any:
        words = self.fault.words if isinstance(self.fault, Fails) else ""
        state = t.TOperationState.ERROR_STATE if words else t.TOperationState.FINISHED_STATE
        if isinstance(self.fault, Runs | Waits):
            waits = isinstance(self.fault, Waits)
            state = t.TOperationState.PENDING_STATE if waits else t.TOperationState.RUNNING_STATE
        return t.TGetOperationStatusResp(status=self._status(), operationState=state, displayMessage=words or None)

    def _status(self, words: str = "") -> Any:
        code = t.TStatusCode.ERROR_STATUS if words else t.TStatusCode.SUCCESS_STATUS
        return t.TStatus(code, errorMessage=words or None)


def _id() -> Any:
    return t.THandleIdentifier(uuid.uuid4().bytes, uuid.uuid4().bytes)
