"""Imports of a small OneRoster package, for tests: take one, take it back, see what stands."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import time_machine

from classwaves_admin.jobs import running
from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import system
from classwaves_admin.warehouse.models import (
    CoppaCompliance,
    District,
    School,
    SchoolSetting,
    Student,
    Teacher,
)
from consent.models import (
    Departure,
    Guardian,
    Guardianship,
    RosterImport,
    RosterStudent,
)
from consent.roster.actions import start_undoing
from consent.roster.command import Choices, Import, import_package
from tests.factories import oneroster as make

NOW = datetime(2025, 3, 4, 15, tzinfo=UTC)
LATER = datetime(2025, 3, 5, 15, tzinfo=UTC)
# Gerda has another address.
MOVED = make.USERS_1_1.replace("gerda@home.example", "new@home.example")


def take(contents: dict[str, str], *, now: datetime = NOW, dry_run: bool = False, **choices: Any) -> Import:
    """Import a package of these files at a moment; whoever leaves is confirmed unless the test says otherwise."""
    with time_machine.travel(now, tick=False):
        wanted = Choices(dry_run=dry_run, **{"confirmed": leaving(contents) if not dry_run else None} | choices)
        return import_package(package=make.package(contents), by=system("test"), now=now, choices=wanted)


def undo(done: Import) -> None:
    """Take an import back at once."""
    with time_machine.travel(LATER, tick=False):
        job = start_undoing(import_id=done.id, by=system("test"), now=LATER)
        while running.run(job.pk):
            pass
    assert RosterImport.objects.get(pk=done.id).state == "undone"


def leaving(contents: dict[str, str]) -> int:
    """Return how many students and guardianships these files would end."""
    rehearsed = import_package(
        package=make.package(contents), by=system("test"), now=clock.now(), choices=Choices(dry_run=True)
    )
    return rehearsed.leaving


def student(first_name: str) -> Student:
    """Return the one student of that first name."""
    return Student.objects.get(display_name__startswith=first_name)


def snapshot() -> dict[str, list[Any]]:
    """Return every row that an import may write, save audit events."""
    tables: tuple[type[Any], ...] = (
        District,
        School,
        SchoolSetting,
        Teacher,
        Student,
        CoppaCompliance,
        Guardian,
        Guardianship,
        RosterStudent,
        Departure,
    )
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in tables}
