"""HTTP in front of the service: tokens, the answers of a warehouse that is asleep, and a door for tests.

POST /sql/1.0/warehouses/ID     Thrift calls, with a bearer token
GET  /health                    200 as soon as the warehouse serves
POST /control/asleep?seconds=N  for N seconds every call gets 503, as while a stopped warehouse starts
POST /control/conflicts?count=N&catalog=C  the next N writes to a catalog fail, as against another writer
POST /control/racing?catalog=C  writers of one table in a catalog run into each other, and take no turns
GET  /control/statements        the last statements as JSON: id, user, tags, statement
"""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from databricks.sql.thrift_api.TCLIService import TCLIService
from thrift.protocol import TBinaryProtocol
from thrift.transport import TTransport

from tests.warehouse.local.wire import Handler, RefusedByGateway, user_of_this_call

HOST = "127.0.0.1"
ERROR = "x-thriftserver-error-message"
REASON = "x-databricks-reason-phrase"
RETRY_AFTER = 1  # seconds


class Gateway(ThreadingHTTPServer):
    """The HTTP server of one warehouse, on 127.0.0.1 only."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, handler: Handler, port: int) -> None:
        super().__init__((HOST, port), _Request)
        self.handler = handler
        self.processor = TCLIService.Processor(handler)
        self.awake_at = 0.0

    def serve_in_background(self) -> None:
        """Serve on a thread of its own."""
        threading.Thread(target=self.serve_forever, name="gateway", daemon=True).start()


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Gateway

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = urlsplit(self.path)
        if path.path.startswith("/control/"):
            self._control(path.path.removeprefix("/control/"), parse_qs(path.query))
        elif not path.path.startswith("/sql/1.0/"):
            self._answer(404, b"not found")
        elif self._may_pass():
            self._call(body)

    def do_GET(self) -> None:
        if self.path == "/health":
            self._answer(200, b"ok")
        elif self.path == "/control/statements":
            self._answer(200, json.dumps(list(self.server.handler.statements)).encode())
        else:
            self._answer(404, b"not found")

    def _may_pass(self) -> bool:
        """Tell whether the call has a good token and the warehouse is awake; else answer as the real gateway does."""
        sort, _, token = self.headers.get("Authorization", "").partition(" ")
        if sort != "Bearer" or not token:
            self._answer(401, b"", {REASON: "Credential was not sent or was of an unsupported type for this API."})
            return False
        if not self.server.handler.rights.knows(token):
            self._answer(403, b"", {REASON: "Invalid access token."})
            return False
        if time.monotonic() < self.server.awake_at:
            text = "TEMPORARILY_UNAVAILABLE: The warehouse is starting up. Please try again later."
            self._answer(503, b"", {ERROR: text, "Retry-After": str(RETRY_AFTER)})
            return False
        user_of_this_call.name = token
        return True

    def _call(self, body: bytes) -> None:
        asked, answer = TTransport.TMemoryBuffer(body), TTransport.TMemoryBuffer()
        try:
            self.server.processor.process(
                TBinaryProtocol.TBinaryProtocol(asked), TBinaryProtocol.TBinaryProtocol(answer)
            )
        except RefusedByGateway as refusal:
            self._answer(refusal.status, b"", {ERROR: refusal.text})
            return
        self._answer(200, answer.getvalue(), {"Content-Type": "application/x-thrift"})

    def _control(self, what: str, options: dict[str, list[str]]) -> None:
        catalog = options.get("catalog", [self.server.handler.catalog])[0]
        if what == "asleep":
            self.server.awake_at = time.monotonic() + float(options["seconds"][0])
        elif what == "conflicts":
            self.server.handler.engine.conflicts[catalog] = int(options["count"][0])
        elif what == "racing":
            self.server.handler.engine.racing.add(catalog)
        else:
            self._answer(404, b"not found")
            return
        self._answer(200, b"ok")

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the base class
        """Stay silent: texts of statements are no matter for a log."""
