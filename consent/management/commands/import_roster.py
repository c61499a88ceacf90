"""`manage.py import_roster FILE.zip`: take a OneRoster package in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import system
from classwaves_admin.warehouse.outbox import gateway
from consent.roster import Import, import_roster

# What each note of an import means to the person at the terminal.
NOTES = {
    "authority_unknown": "guardianships without known authority: the school must say what the person is to the child",
    "district_staff_left_out": "district staff left out: grant their access in the portal",
    "guardian_address_unreadable": "guardians whose e-mail address cannot be read",
    "guardians_without_address": "guardians without an e-mail address: they can be asked on paper",
    "guardianships_ended": "guardianships ended, since the roster takes the guardian out",
    "left_before_import": "students left out, since they leave and were never here",
    "relatives_left_out": "relatives left out: kinship alone gives no right to consent",
    "staff_without_address": "staff left out for want of an e-mail address",
    "staff_without_school": "staff left out, since they belong to no school of the package",
}


class Command(BaseCommand):
    """Imports a package, or says by file and line why not."""

    help = "Import schools, staff, students and guardians from a OneRoster 1.1 or 1.2 CSV package (ZIP)."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file and the rehearsal flag."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="count what would change and write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run; exit with 1 when the package is refused or cannot be opened."""
        path: Path = options["file"]
        try:
            with path.open("rb") as package:
                done = import_roster(
                    package=package, by=system("import_roster"), now=clock.now(), dry_run=options["dry_run"]
                )
        except OSError as error:
            raise CommandError(f"{path} cannot be opened: {error.strerror}.") from None
        if done.faults:
            self._refuse(done)
        self._summary(done)
        self.stdout.write("Imported, 0 rows refused." if done.written else "Rehearsal: nothing was written.")
        if done.written and gateway.pending():
            self.stdout.write("Part of it still waits for the catalog: see `manage.py outbox status`.")

    def _refuse(self, done: Import) -> None:
        for fault in done.faults:
            self.stderr.write(str(fault))
        faults, rows = _number(len(done.faults), "fault"), _number(done.refused_rows, "row")
        raise CommandError(f"Refused, nothing was written: {faults} in {rows}.")

    def _summary(self, done: Import) -> None:
        self.stdout.write(f"{'':<16}{'added':>10}{'changed':>10}{'unchanged':>10}")
        for kind, outcomes in done.tally.counts.items():
            cells = "".join(f"{number:>10}" for number in outcomes.values())
            self.stdout.write(f"{kind:<16}{cells}")
        for code, number in sorted(done.tally.notes.items()):
            self.stdout.write(f"Note: {number} {NOTES[code]}.")


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
