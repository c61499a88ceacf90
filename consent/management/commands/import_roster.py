"""`manage.py import_roster FILE`: take a roster in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import system
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import School
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.looking import note_comparison
from consent.models import RosterImport, RosterImportSchool
from consent.queries.rosters import KINDS, Line, comparison, schools_of
from consent.roster.command import Choices, Import, import_package, import_table
from consent.roster.words import KIND_WORDS, NOTES, column_words

BY = system("import_roster")


class Command(BaseCommand):
    """Imports a roster, or says by file and line why not."""

    help = "Import a OneRoster 1.1 or 1.2 CSV package (ZIP or folder), or a plain table (CSV) of one school."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file, the rehearsal flag and the decisions."""
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would change at each school and write nothing"
        )
        parser.add_argument("--names", action="store_true", help="with --dry-run: say it person by person, by name")
        parser.add_argument("--leave-out-invalid", action="store_true", help="import all rows but those with faults")
        parser.add_argument("--confirm-departures", type=int, metavar="N", help="that N students and ties really end")
        parser.add_argument("--school", default="", help="the id of the school whose plain table FILE is")
        parser.add_argument("--encoding", default="", choices=["", "cp1252"], help="of a plain table not in UTF-8")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run; exit with 1 when the roster is refused, needs a decision or cannot be opened."""
        if options["names"] and not options["dry_run"]:
            raise CommandError("--names goes with --dry-run: it shows what would change.")
        self.names: bool = options["names"]
        choices = Choices(
            options["dry_run"], options["leave_out_invalid"], options["confirm_departures"], compare=self._compare
        )
        path: Path = options["file"]
        try:
            done = self._import(path, choices, options)
        except OSError as error:
            raise CommandError(f"{path} cannot be opened: {error.strerror}.") from None
        for fault in done.faults:
            self.stderr.write(str(fault))
        if done.refused:
            faults, rows = _number(len(done.faults), "fault"), _number(_rows(done), "row")
            raise CommandError(f"Refused, nothing was written: {faults} in {rows}.")
        if done.problem:
            raise CommandError(f"Nothing was written. {done.problem} {_HOW}")
        self._summary(done)
        if not done.written and not choices.dry_run:
            raise CommandError("The import has stopped: see the page “Rosters”.")

    @staticmethod
    def _import(path: Path, choices: Choices, options: dict[str, Any]) -> Import:
        if options["school"]:
            with system_scope(reason="the operator names the school"):
                if not School.objects.filter(pk=options["school"]).exists():
                    raise CommandError("There is no school with this id.")
            return import_table(
                path=path,
                school_id=options["school"],
                encoding=options["encoding"],
                by=BY,
                now=clock.now(),
                choices=choices,
            )
        if path.is_dir():
            return import_package(package=path, by=BY, now=clock.now(), choices=choices)
        with path.open("rb") as package:
            return import_package(package=package, by=BY, now=clock.now(), choices=choices)

    def _compare(self, roster_import: RosterImport) -> None:
        for school in schools_of(roster_import):
            counts = comparison(roster_import, school.school_id, kind="", after=0).counts
            self.stdout.write(f"{school.name}{' (new)' if school.is_new else ''}: {_counted(counts, school)}")
            if self.names:
                rows = sum(self._name(roster_import, school.school_id, kind) for kind in KINDS if counts[kind])
                note_comparison(
                    by=BY,
                    import_id=roster_import.pk,
                    school_id=school.school_id,
                    filters=[],
                    page="import_roster",
                    rows=rows,
                )

    def _name(self, roster_import: RosterImport, school_id: str, kind: str) -> int:
        """Write the lines of one kind, with old and new values; return how many."""
        self.stdout.write(f"  {KIND_WORDS[kind]}:")
        after, rows = 0, 0
        while True:
            part = comparison(roster_import, school_id, kind=kind, after=after)
            for line in part.lines:
                self.stdout.write(f"    {_told(line)}")
            rows += len(part.lines)
            if not part.following:
                return rows
            after = part.following

    def _summary(self, done: Import) -> None:
        self.stdout.write(f"{'':<16}{'added':>10}{'changed':>10}{'unchanged':>10}{'ended':>10}")
        for kind, outcomes in done.tally.counts.items():
            cells = "".join(f"{number:>10}" for number in outcomes.values())
            self.stdout.write(f"{kind:<16}{cells}")
        for code, number in sorted(done.tally.notes.items()):
            self.stdout.write(f"Note: {number} {NOTES[code]}.")
        left_out = _number(done.rows_left_out, "row")
        if done.written:
            self.stdout.write(f"Imported, {left_out} left out.")
            if gateway.pending():
                self.stdout.write("Part of it still waits for the catalog: see `manage.py outbox status`.")
            return
        self.stdout.write(f"Rehearsal: nothing was written, {left_out} would be left out.")
        if done.needs_confirmation:
            self.stdout.write(f"Applying needs --confirm-departures={done.leaving}.")


_HOW = "On the command line: --leave-out-invalid, --confirm-departures=N."


def _counted(counts: Mapping[str, int], school: RosterImportSchool) -> str:
    numbers = [f"{KIND_WORDS[kind].lower()} {counts[kind]:,}" for kind in KINDS]
    return f"{', '.join(numbers)}; guardianships ending {school.ties_ending:,} of {school.ties_before:,}"


def _told(line: Line) -> str:
    changes = "; ".join(f"{column_words(column)}: {old or '–'} → {new or '–'}" for column, old, new in line.details)
    return f"{line.name}: {changes}" if changes else line.name


def _rows(done: Import) -> int:
    return len({(fault.file, fault.line) for fault in done.faults if fault.line})


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
