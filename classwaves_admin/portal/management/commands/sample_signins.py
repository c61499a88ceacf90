"""`manage.py sample_signins`: how the sample's people sign in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from classwaves_admin.portal.sample.load import already_loaded
from classwaves_admin.portal.sample.people import PASSWORD, sign_ins
from classwaves_admin.portal.sample.plans import plans


class Command(BaseCommand):
    """Prints one line for each person."""

    help = "Print the sign-ins of the sample's people, for development."

    def handle(self, *args: Any, **options: Any) -> None:
        """Print them; exit with 1 in production, say so where the sample is not loaded."""
        if settings.PRODUCTION:
            raise CommandError("There are no sample people in production.")
        if not already_loaded():
            self.stdout.write("No sample is loaded: run `manage.py load_sample`.")
            return
        self.stdout.write(f"Sample people, all with the password {PASSWORD}")
        for person in sign_ins(plans()):
            note = f" ({person.note})" if person.note else ""
            self.stdout.write(f"  {person.role:<24}{person.email:<42}{person.where}{note}")
