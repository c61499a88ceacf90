"""`manage.py restore_archive FILE_ID`: bring archived rows back. Without --yes it only says what it would do."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from classwaves_admin.lib.actor import system
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import Scope, inside, system_scope
from retention.archive.damage import Damaged
from retention.archive.restoring import Differs, Plan, plan_of, restore
from retention.models import ArchiveFile
from retention.queries.archive import destroyed_from
from retention.queries.policies import policies_of


class Command(BaseCommand):
    help = (
        "Bring the rows of one archive file back into the catalog. Says in numbers what it would do; with --yes and"
        " --reason it does it. Rows that are there with other values are never written over."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the id of the file, as /retention/archive/ shows it")
        parser.add_argument("--yes", action="store_true", help="restore, and not only say what it would do")
        parser.add_argument("--reason", default="", help="why; kept with the file, never in the log")

    def handle(self, *args: Any, **options: Any) -> None:
        with system_scope(reason="an operator names a file of any school"):
            file = ArchiveFile.objects.filter(pk=options["file"]).first()
        if file is None or not file.is_there:
            raise CommandError("There is no such file in the archive, or it has been destroyed.")
        if options["yes"] and not options["reason"].strip():
            raise CommandError("Say why with --reason: it is kept with the file.")
        with inside(Scope(schools=(file.school_id,))):
            try:
                self._restore(file, options["reason"].strip()) if options["yes"] else self._tell(file, plan_of(file))
            except Damaged as error:
                raise CommandError(f"{error} Nothing was written: look for a backup of it.") from None

    def _tell(self, file: ArchiveFile, plan: Plan) -> None:
        self.stdout.write(f"{file.rows} rows of {file.table}, {file.month}; the file is the one that was written.")
        self.stdout.write(f"  {len(plan.new)} would come back")
        self.stdout.write(f"  {plan.same} are in the catalog already, unchanged")
        self.stdout.write(f"  {plan.different} are there with other values: with any of these nothing is restored")
        for relation, number in plan.lonely.items():
            self.stdout.write(f"  {number} name a {relation} that is not in the catalog: restore its file first")
        self._tell_what_follows(file)
        self.stdout.write("Nothing was written. Add --yes and --reason to restore.")

    def _restore(self, file: ArchiveFile, reason: str) -> None:
        try:
            plan = restore(file=file, reason=reason, by=system("restore_archive"), now=now())
        except Differs as error:
            raise CommandError(f"{error} Nothing was written.") from None
        except ValidationError:
            raise CommandError("The catalog does not take a value of these rows any more. Nothing written.") from None
        self.stdout.write(f"{len(plan.new)} rows of {file.table} came back; {plan.same} were there.")
        self._tell_what_follows(file)

    def _tell_what_follows(self, file: ArchiveFile) -> None:
        until = destroyed_from(file, policies_of(file.school_id))
        self.stdout.write(
            f"Where rows leave by themselves, the next nightly run archives them again, and on {until:%Y-%m-%d} their"
            f" days are over and it deletes them. To keep them, place a legal hold on {file.oldest:%Y-%m-%d} to"
            f" {file.newest:%Y-%m-%d} at /holds/new/ first."
        )
