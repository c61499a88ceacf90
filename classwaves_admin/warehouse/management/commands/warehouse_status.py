"""`manage.py warehouse_status`: whether the warehouse answers, how fast, and what is wrong with it."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import connections

from classwaves_admin.warehouse.status import State, Status, measure

ROUNDS = 3
MARKS = {State.GOOD: "ok", State.BAD: "WRONG", State.UNKNOWN: "unknown"}


class Command(BaseCommand):
    help = "Tells how the warehouse is: latency, version, user, clock, grants, drift. Exit code 1 where a check fails."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        status = measure(connections["warehouse"], rounds=ROUNDS)
        if options["format"] == "json":
            self.stdout.write(json.dumps(status.as_data(), indent=2))
        else:
            self._tell(status)
        if not status.is_good:
            sys.exit(1)

    def _tell(self, status: Status) -> None:
        for check in status.checks:
            self.stdout.write(f"{MARKS[check.state]:<8}{check.name + ':':<11}{check.words}")
            for line in check.lines:
                self.stdout.write(f"{'':19}{line}")
