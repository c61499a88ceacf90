"""`make bench-consent`: what asking a school costs, beside the least that it could cost.

    .venv/bin/python -m tools.bench.consent

Prints mails a second against a bare loop of smtplib, and the import of rosters (tools/bench/roster.py). The databases
and their data are in a folder of their own, gone at the end.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tools.bench import roster
from tools.bench.figures import shown, write
from tools.bench.sink import HOST, running_sink
from tools.places import VENV
from tools.terminal import say, speak


def main() -> None:
    """Measure everything and tell it."""
    say("Importing rosters ...")
    figures = shown(roster.measure())
    with tempfile.TemporaryDirectory() as name, running_sink(Path(name)) as sink:
        prepare(Path(name), sink.port)
        from tools.bench import mails

        say("Asking guardians ...")
        figures += shown(mails.measure(sink))
        write("consent", figures)


def prepare(folder: Path, mail_port: int) -> None:
    """Set the portal up with databases in the folder, for this process and those that it starts."""
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "classwaves_admin.settings",
            "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "ENV_FILE": os.devnull,
            "CLASSWAVES_ENV": "test",
            "SECRET_KEY": "made-up-for-benches-" + "s" * 40,
            "TOKEN_KEY": "made-up-for-benches-" + "t" * 40,
            "PORTAL_URL": "http://127.0.0.1:8000",
            "BROKER_URL": "filesystem://",
            "EMAIL_URL": f"smtp://{HOST}:{mail_port}",
            "LOG_LEVEL": "ERROR",
            "VAR_DIR": str(folder),
            "DATABASE_URL": f"sqlite:///{folder}/portal.sqlite3",
            "WAREHOUSE_URL": f"sqlite:///{folder}/warehouse.sqlite3",
        }
    )
    import django
    from django.core.management import call_command

    django.setup()
    say("Making the tables ...")
    for database in ("default", "warehouse"):
        call_command("migrate", database=database, verbosity=0)


if __name__ == "__main__":
    speak(main)
