"""Delivers through a connection that refuses, freezes and recovers, and prints what happened.

Run as a program by test_weather.py. Between the portal and a real PostgreSQL server stands a small relay
whose weather this program makes. Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import select
import socket
import sys
import threading
import time
from typing import Any

import django


class Relay:
    """Passes bytes between a port of its own and a server: `clear`, `frozen` (passes nothing) or `refusing`."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.weather = "clear"
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.lines: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def change(self, weather: str) -> None:
        """Change the weather; refusing cuts the lines that are open."""
        self.weather = weather
        if weather == "refusing":
            for line in self.lines:
                line.close()
            self.lines.clear()

    def _accept(self) -> None:
        while True:
            client, _ = self.listener.accept()
            if self.weather == "refusing":
                client.close()
                continue
            self.lines.append(client)
            threading.Thread(target=self._pass_on, args=[client], daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        try:
            with client, socket.create_connection(self.target) as server:
                while True:
                    for source in select.select([client, server], [], [], 0.2)[0]:
                        while self.weather == "frozen":
                            time.sleep(0.05)
                        chunk = source.recv(65536)
                        if not chunk:
                            return
                        (server if source is client else client).sendall(chunk)
        except (OSError, ValueError):
            return


def act(number: int) -> float:
    """Write one message and its audit event; return how many seconds the action took."""
    from django.db import transaction

    from audit.record import record
    from classwaves_admin.lib.actor import system
    from classwaves_admin.warehouse.models import Message
    from classwaves_admin.warehouse.outbox import gateway

    started = time.monotonic()
    with transaction.atomic():
        gateway.insert(
            Message(
                id=f"message-{number}", sender_id="t", sender_type="teacher", message_type="note", content=str(number),
                is_read=False, is_archived=False, is_deleted=False,
            )
        )  # fmt: skip
        record("student.viewed", by=system("test"), school_id="school-1", resource=("message", str(number)))
    return time.monotonic() - started


def deliver() -> dict[str, Any]:
    """Deliver as the worker does when it is time again; return the outcome and the seconds it took."""
    from classwaves_admin.warehouse.outbox import delivery

    started = time.monotonic()
    outcome = delivery.deliver(even_if_resting=True)
    return {"delivered": outcome.delivered, "failed": outcome.failed, "seconds": time.monotonic() - started}


def main(relay: Relay) -> dict[str, Any]:
    """Live through the weather and return what was seen."""
    from classwaves_admin.tenancy.scope import EVERYTHING, inside
    from classwaves_admin.warehouse.models import AuditLog, Message
    from classwaves_admin.warehouse.outbox import queries

    seen: dict[str, Any] = {"clear": act(1)}
    relay.change("refusing")
    seen["refusing"] = act(2)
    seen["while resting"] = act(3)
    relay.change("clear")
    seen["again clear"] = deliver()
    relay.change("frozen")
    seen["frozen"] = act(4)
    seen["waiting"] = queries.summary().waiting
    seen["still frozen"] = deliver()
    relay.change("clear")
    seen["recovered"] = deliver()
    with inside(EVERYTHING):
        seen["messages"] = list(Message._base_manager.order_by("id").values_list("id", flat=True))
        seen["events"] = list(AuditLog.objects.order_by("event_timestamp").values_list("resource_id", flat=True))
    seen["left"] = queries.summary().waiting + queries.summary().stuck
    return seen


if __name__ == "__main__":
    host, port, database, user = sys.argv[1:5]
    road = Relay((host, int(port)))
    os.environ["WAREHOUSE_URL"] = f"postgres://{user}@127.0.0.1:{road.port}/{database}"
    django.setup()
    sys.stdout.write(json.dumps(main(road)))
