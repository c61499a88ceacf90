#!/usr/bin/env python
"""Django's command line for the portal."""

import os
import sys


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classwaves_admin.settings")
    from django.core.management import execute_from_command_line

    from classwaves_admin.warehouse.callers import caller

    with caller("command", sys.argv[1] if len(sys.argv) > 1 else "help", patient=True):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
