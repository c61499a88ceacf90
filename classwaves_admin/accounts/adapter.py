"""Our rules in allauth's sign-in: nobody registers themselves, Google signs in only known addresses."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, InterfaceError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from audit.record import record, record_by_school
from classwaves_admin.accounts.access import Access, Suspended
from classwaves_admin.accounts.actors import actor_of, client_ip
from classwaves_admin.accounts.directory import address_is_known, schools_of_address
from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.standing import DirectoryUnreachable, current_standing, forget
from classwaves_admin.accounts.unreachable import unreachable
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.contrast import PORTAL_COLOUR

logger = logging.getLogger(__name__)

UNSENT = "The mail could not be sent: the mail server does not answer. Try again in a few minutes."
UNKNOWN_ADDRESS = (
    "This Google address does not belong to a school that uses ClassWaves. "
    "Sign in with your school address, or ask your school's administrator."
)


def _in_portal(link: str) -> str:
    """Return the link with the portal's own scheme and host."""
    there, portal = urlsplit(link), urlsplit(settings.PORTAL_URL)
    return there._replace(scheme=portal.scheme, netloc=portal.netloc).geturl()


class _Site:
    """What allauth's mails call the site: the portal's host."""

    name = domain = urlsplit(settings.PORTAL_URL).netloc


class StaffAccountAdapter(DefaultAccountAdapter):
    """Sign-in with address and password."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Refuse: accounts come from `users.teachers`, an invitation or an administrator."""
        return False

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict[str, Any]]:
        """Return how a person shows who they are again: by the second factor alone where they have one."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [one for one in methods if one["id"].startswith("mfa_")] or methods

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that rate limits and the session list use."""
        return client_ip(request) or "0.0.0.0"  # noqa: S104  no address is bound here

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail whose links lead to PORTAL_URL: the host that a request claims may be anybody's.

        A mail server that is away is told to the reader, with and without an account alike.
        """
        house = {"current_site": _Site(), "colour": PORTAL_COLOUR}
        links = {name: _in_portal(value) for name, value in context.items() if name.endswith("_url")}
        try:
            super().send_mail(template_prefix, email, {**context, **links, **house})
        except (OSError, SMTPException) as error:
            logger.error("an account mail could not be sent: %s", type(error).__name__)  # noqa: TRY400 - quotes no address
            messages.error(self.request, UNSENT)

    def pre_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse | None:
        """Ask the directory anew; turn a suspended person away before a session exists."""
        refusal: HttpResponse | None = super().pre_login(request, user, **kwargs)
        if refusal is not None or not isinstance(user, User):
            return refusal
        forget(user)
        try:
            current_standing(user, now=now())
        except Suspended as refused:
            by, concerned = actor_of(request, Access()), schools_of_address(user.email, today=now().date())
            with transaction.atomic():
                record_by_school("auth.login_failed", by=by, concerned=concerned, resource=("account", user.pk))
            messages.error(request, refused.words)
            return redirect("account_login")
        except DirectoryUnreachable as error:
            return unreachable(request, error.__cause__)
        return None


class GoogleAccountAdapter(DefaultSocialAccountAdapter):
    """Sign-in with Google."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let in only a verified address of a school's domain, of its staff, or with a membership."""
        verified = [address.email for address in sociallogin.email_addresses if address.verified]
        try:
            known = any(address_is_known(email) for email in verified)
        except (DatabaseError, InterfaceError) as error:
            raise ImmediateHttpResponse(unreachable(request, error)) from error
        if not known:
            with transaction.atomic():
                record("auth.login_failed", by=actor_of(request, Access()), school_id=None, resource=("account", None))
            messages.error(request, UNKNOWN_ADDRESS)
            raise ImmediateHttpResponse(redirect("account_login"))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Make the account of a known person at the first sign-in with Google."""
        return True

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> AbstractBaseUser:
        """Take address and name from Google."""
        user: User = super().populate_user(request, sociallogin, data)
        given, family = data.get("first_name") or "", data.get("last_name") or ""
        user.email = user.email.lower()
        user.name = (data.get("name") or f"{given} {family}").strip()[:200]
        return user
