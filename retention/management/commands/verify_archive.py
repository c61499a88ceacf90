"""`manage.py verify_archive`: read every archive file and say which is not what was written."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from classwaves_admin.tenancy.scope import system_scope
from retention.archive.contents import read
from retention.archive.damage import Damaged
from retention.models import ArchiveFile, ArchiveState
from retention.rules.prints import digest_of


class Command(BaseCommand):
    help = "Read every archive file and compare it with what was written. Exit code 1 where one is gone or changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--school", default="", help="the id of one school; all without it")

    def handle(self, *args: Any, **options: Any) -> None:
        good, rows, bad = 0, 0, 0
        with system_scope(reason="an operator verifies the archive of every school"):
            files = ArchiveFile.objects.exclude(state=ArchiveState.DESTROYED).order_by("school_id", "made_at", "id")
            for file in files.filter(school_id=options["school"]) if options["school"] else files:
                if fault := _fault(file):
                    bad += 1
                    self.stdout.write(f"{file.id} ({file.table}, {file.month}, school {file.school_id}): {fault}")
                else:
                    good, rows = good + 1, rows + file.rows
        self.stdout.write(f"{good} files with {rows} rows are as they were written.")
        if bad:
            raise CommandError(f"{bad} files are not.")


def _fault(file: ArchiveFile) -> str:
    try:
        ids = read(file, ["id"]).column("id").to_pylist()
    except Damaged as error:
        return str(error)
    return "" if len(ids) == file.rows and digest_of(ids) == file.ids_sha256 else "Its rows are not those of its row."
