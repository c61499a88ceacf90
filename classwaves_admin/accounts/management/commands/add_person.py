"""`manage.py add_person EMAIL`: the first people of an installation, before anyone can invite anyone."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from classwaves_admin.accounts.actions import MembershipRefused, add_person, grant_membership
from classwaves_admin.accounts.models import Membership
from classwaves_admin.accounts.roles import Role
from classwaves_admin.lib.actor import system


class Command(BaseCommand):
    """Adds an account and, with --role, a membership."""

    help = "Give a person an account. School staff need no role here: users.teachers decides it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the address and what to grant."""
        parser.add_argument("email")
        parser.add_argument("--name", default="")
        parser.add_argument("--role", choices=[role.value for role in Membership.PORTAL_ROLES])
        parser.add_argument("--district", default="", help="id in admin.districts")
        parser.add_argument("--school", action="append", default=[], help="id in users.schools; may be repeated")
        parser.add_argument("--until", type=date.fromisoformat, help="last day of an auditor's access, YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        """Add the person; nothing is written where the membership is refused."""
        try:
            validate_email(options["email"])
        except ValidationError as error:
            raise CommandError(f"This is no e-mail address: {error.messages[0]}") from None
        actor = system("add_person")
        try:
            with transaction.atomic():
                user = add_person(email=options["email"], name=options["name"], by=actor)
                if options["role"]:
                    grant_membership(
                        user=user,
                        role=Role(options["role"]),
                        by=actor,
                        district_id=options["district"],
                        school_ids=options["school"],
                        ends_on=options["until"],
                    )
        except MembershipRefused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write('Added. They sign in with Google, or choose a password with "Forgot your password?".')
