#!/usr/bin/env python
"""Django's command line for the portal."""

import os
import sys


def main() -> None:
    """Run one management command. A known trouble ends it with one sentence; `--traceback` shows all."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classwaves_admin.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import DatabaseError, InterfaceError

    from classwaves_admin.warehouse.callers import caller
    from classwaves_admin.warehouse.command_line import sentence

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    try:
        with caller("command", command, patient=True):
            execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, DatabaseError, InterfaceError) as error:
        words = sentence(error, command)
        if words is None or "--traceback" in sys.argv:
            raise
        sys.exit(words)


if __name__ == "__main__":
    main()
