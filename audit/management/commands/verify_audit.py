"""Verifies the audit log against its seals."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.models import Chain, Seal
from audit.proof.chains import check_chain, checkpoint_holds
from audit.proof.checking import check_day, days_to_check
from audit.proof.keys import public_keys
from audit.proof.rows import schools
from audit.proof.verifier import Finding, is_signed
from classwaves_admin.tenancy.scope import system_scope

# Findings of one school that are printed; all are counted.
SHOWN = 20
# Seconds between two words of progress.
PAUSE = 5.0


class Command(BaseCommand):
    help = (
        "Verify the audit log against its seals, and name what was altered, removed or inserted. Exit codes: 0 all is"
        " as it was sealed, 1 something is not, 2 it could not be verified."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--school", help="the id of one school; all without it")
        parser.add_argument(
            "--from", dest="since", type=date.fromisoformat, help="first day (UTC) of events: 2026-03-01"
        )
        parser.add_argument("--until", type=date.fromisoformat, help="last day (UTC)")
        parser.add_argument("--checkpoint", type=Path, help="a downloaded checkpoint that the chain must still have")

    def handle(self, **options: Any) -> None:
        self._rows, self._unsealed, self._told = 0, 0, time.monotonic()
        found = 0
        with system_scope(reason="an operator verifies the log of every school"):
            kept = [one.objects.order_by().values_list("school_id", flat=True).distinct() for one in (Chain, Seal)]
            known = sorted({*schools(), *kept[0], *kept[1]})
            chosen = [options["school"]] if options["school"] else known
            if not set(chosen) <= set(known):
                raise CommandError("No row and no seal has this school.", returncode=2)
            if options["checkpoint"] and (finding := self._kept(options["checkpoint"])):
                found += self._tell([finding])
            for school_id in chosen:
                found += self._tell(self._school(school_id, options["since"], options["until"]))
        self.stdout.write(f"{self._rows} rows verified, {self._unsealed} wait for a seal, {found} findings.")
        if found:
            raise CommandError("The log is not as it was sealed.", returncode=1)

    def _school(self, school_id: str, since: date | None, until: date | None) -> Iterator[Finding]:
        chain = Chain.objects.filter(pk=school_id).first()
        yield from check_chain(school_id, public_keys())
        days = days_to_check(school_id, since, until)
        for number, day in enumerate(days, start=1):
            result = check_day(school_id, day, looked_at=chain.looked_at if chain else None)
            self._rows, self._unsealed = self._rows + result.rows, self._unsealed + result.unsealed
            yield from result.findings
            if time.monotonic() - self._told > PAUSE:
                self._told = time.monotonic()
                self.stderr.write(f"School {school_id}: day {number} of {len(days)}; {self._rows} rows so far.")

    def _tell(self, findings: Iterator[Finding] | list[Finding]) -> int:
        number = 0
        for number, finding in enumerate(findings, start=1):
            if number <= SHOWN:
                self.stdout.write(str(finding))
        if number > SHOWN:
            self.stdout.write(f"… and {number - SHOWN} more of this school.")
        return number

    def _kept(self, path: Path) -> Finding | None:
        record, signed = {}, False
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            record = json.loads(kept["checkpoint"])
            signed = is_signed(record, kept["signature"], public_keys())
        except (OSError, ValueError, KeyError, TypeError):
            pass  # said below
        if not signed:
            raise CommandError("The checkpoint cannot be read, or none of the portal's keys signed it.", returncode=2)
        return checkpoint_holds(record)
