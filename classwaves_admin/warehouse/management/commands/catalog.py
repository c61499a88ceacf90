"""`manage.py catalog`: describe, check, create, and print the data inventory."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, InterfaceError, connections

from classwaves_admin.warehouse.catalog import create, describe, drift
from classwaves_admin.warehouse.command_line import sentence
from classwaves_admin.warehouse.inventory import markdown


class Command(BaseCommand):
    help = "Describes the 27 tables of the catalog, compares the warehouse with them, makes what is missing."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        tell = actions.add_parser("describe", help="Print all tables, columns, types and descriptions.")
        tell.add_argument("--format", choices=("json", "markdown"), default="markdown")
        actions.add_parser("check", help="Print every drift of the warehouse from the models; exit 1 if there is any.")
        actions.add_parser("create", help="Make missing tables, columns and indexes; nothing else changes.")
        actions.add_parser("inventory", help="Print the data inventory, as kept in docs/data-inventory.md.")

    def handle(self, *args: Any, action: str, **options: Any) -> None:
        if action == "describe":
            if options["format"] == "json":
                self.stdout.write(describe.as_json(describe.describe()), ending="")
            else:
                self.stdout.write(describe.as_markdown(describe.describe()))
        elif action == "inventory":
            self.stdout.write(markdown.page(), ending="")
        else:
            try:
                self._check() if action == "check" else self._create()
            except (DatabaseError, InterfaceError) as error:
                words = sentence(error, "catalog")
                if words is None:
                    raise
                raise CommandError(words) from None

    def _check(self) -> None:
        found = drift.drifts(connections["warehouse"])
        for each in found:
            self.stdout.write(str(each))
        if found:
            raise CommandError(f"The warehouse differs from the models in {len(found)} places.")
        tables = describe.describe()
        columns = sum(len(table.columns) for table in tables)
        self.stdout.write(f"The warehouse has all {len(tables)} tables and {columns} columns as the models say.")

    def _create(self) -> None:
        steps = list(create.create(connections["warehouse"]))
        for step in steps:
            self.stdout.write(str(step))
        refused = sum(1 for step in steps if step.refused)
        if refused:
            raise CommandError(f"{refused} columns could not be made.")
        if not steps:
            self.stdout.write("Nothing was missing.")
