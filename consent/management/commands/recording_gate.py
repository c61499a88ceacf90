"""`manage.py recording_gate SESSION`: may this session be recorded."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, InterfaceError
from ninja.responses import NinjaJSONEncoder

from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import system
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import ClassroomSession
from classwaves_admin.warehouse.trouble import explain
from consent.actions.looking import note_session
from consent.api.answers import session_answer
from consent.queries.gate import JudgedSession, session_gate
from consent.rules.session_gate import Member

SOME_BLOCKED, NO_SUCH_SESSION, NOT_ANSWERED = 3, 2, 4


class Command(BaseCommand):
    """Says which groups of a session may be recorded and analysed, and who stands in the way."""

    help = (
        "Say which groups of a session may be recorded and analysed. "
        "Exit code 0: all may. 3: some may not. 2: no such session. 4: the catalog does not answer. "
        "Record on 0 alone."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the session and how to print it."""
        parser.add_argument("session", help="the id of a row of sessions.classroom_sessions")
        parser.add_argument("--json", action="store_true", help="print the answer of the interface instead of a table")
        parser.add_argument("--names", action="store_true", help="name groups and participants in the table")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the answer and end with its exit code."""
        try:
            with system_scope(reason="an operator asks about one session"):
                judged = session_gate(options["session"], clock.now())
                note_session(by=system("recording_gate"), judged=judged, page="recording_gate")
        except ClassroomSession.DoesNotExist:
            raise CommandError("There is no such session.", returncode=NO_SUCH_SESSION) from None
        except (DatabaseError, InterfaceError) as error:
            trouble = explain(error)
            raise CommandError(trouble.person if trouble else "", returncode=NOT_ANSWERED) from None
        if options["json"]:
            self.stdout.write(json.dumps(session_answer(judged).model_dump(), cls=NinjaJSONEncoder, indent=2))
        else:
            self.stdout.writelines(line + "\n" for line in table(judged, names=options["names"]))
        if not judged.gate.all_may_record:
            sys.exit(SOME_BLOCKED)


def table(judged: JudgedSession, *, names: bool) -> Iterator[str]:
    """Yield the lines of the table: a line for each group, and one for each participant who blocks it."""

    def called(row_id: str) -> str:
        return f"{row_id}  {judged.names.get(row_id, '')}".rstrip() if names else row_id

    def who(member: Member) -> str:
        return f"    {member.bars_recording or '':<16} {member.seat.student_id or '-'}  " + (
            f"participant {called(member.seat.participant_id)}"
        )

    for group in judged.gate.groups:
        record, analyse = (("no", "yes")[yes] for yes in (group.may_record, group.may_analyse))
        yield f"group {called(group.group_id)}: record {record}, analyse {analyse}, {len(group.members)} in it"
        yield from map(who, group.blocking)
    if judged.gate.ungrouped:
        yield "in no group: record no, analyse no"
        yield from map(who, judged.gate.ungrouped)
    if not judged.gate.groups:
        yield "no groups: nothing may be recorded"
