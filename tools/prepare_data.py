"""Databases and sample school before the processes start, in one quick process.

    .venv/bin/python -m tools.prepare_data [--empty]

In development the sample school is loaded once, and only into an empty catalog; with --empty that stays empty.
"""

from __future__ import annotations

import argparse
import hashlib
import os
from pathlib import Path

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DatabaseError, InterfaceError, connections
from django.db.migrations.executor import MigrationExecutor

from classwaves_admin.warehouse.command_line import sentence
from tools import stamps
from tools.terminal import Trouble, say, speak

STARTED, LOADED = "started", "loaded"


def main() -> None:
    """Migrate what is behind, load the sample where it belongs, and say how to sign in."""
    parser = argparse.ArgumentParser(prog="tools.prepare_data", description="Make the databases ready.")
    parser.add_argument("--empty", action="store_true", help="load no sample school")
    empty = parser.parse_args().empty
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classwaves_admin.settings")
    try:
        django.setup()
        for alias in connections:
            migrate(alias)
    except (ImproperlyConfigured, DatabaseError, InterfaceError) as error:
        words = sentence(error, "migrate")
        if words is None:
            raise
        raise Trouble(words) from None
    if settings.DEVELOPMENT and not empty:
        load_sample(sample_stamp())
        call_command("sample_signins")
    say(f"The portal starts at {settings.PORTAL_URL} - stop it with Ctrl-C.")


def migrate(alias: str) -> None:
    """Run the migrations of one database where any is missing."""
    executor = MigrationExecutor(connections[alias])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say(f"Migrating the database `{alias}` ...")
        call_command("migrate", database=alias, interactive=False, verbosity=0)


def load_sample(stamp: Path) -> None:
    """Load the sample school unless it is there.

    A catalog that holds schools of its own is left alone. A load that was stopped is done again.
    """
    state = stamps.read(stamp)
    if state != STARTED and catalog_has_schools():
        return
    say("Loading the sample school ...")
    stamps.write(stamp, STARTED)
    call_command("load_sample")
    stamps.write(stamp, LOADED)


def catalog_has_schools() -> bool:
    """Tell whether `users.schools` has any row."""
    from classwaves_admin.tenancy.scope import system_scope
    from classwaves_admin.warehouse.models import School

    with system_scope(reason="see whether the sample school is needed"):
        return School.objects.exists()


def sample_stamp() -> Path:
    """Return the stamp that belongs to this pair of databases."""
    names = "|".join(
        f"{settings.DATABASES[alias].get('HOST')}:{settings.DATABASES[alias].get('PORT')}/{settings.DATABASES[alias]['NAME']}"
        for alias in ("default", "warehouse")
    )
    return Path(settings.VAR_DIR) / f"sample-{hashlib.sha256(names.encode()).hexdigest()[:12]}.stamp"


if __name__ == "__main__":
    speak(main)
