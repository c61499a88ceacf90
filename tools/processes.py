"""Runs the Procfile with honcho until Ctrl-C or SIGTERM, and gives each process time to end its work.

.venv/bin/python -m tools.processes
"""

from __future__ import annotations

import os
import sys

from honcho import command, manager

# Celery looks for a stop every two seconds and then ends the job at hand; honcho's five seconds would kill it.
SECONDS_TO_END = 15


def main() -> None:
    """Become `honcho start`; `.env` stays unread here, because the portal reads it and the environment wins."""
    manager.KILL_WAIT = SECONDS_TO_END
    sys.argv = ["honcho", "start", "--env", os.devnull]
    command.main()


if __name__ == "__main__":
    main()
