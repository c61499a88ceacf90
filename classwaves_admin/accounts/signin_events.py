"""Writes sign-in events to the audit log, from the signals with which allauth reports them."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import authentication_step_completed, user_logged_in
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_used
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from audit.record import record
from classwaves_admin.accounts.access import Access, Suspended
from classwaves_admin.accounts.actors import actor_of
from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.sign_in import begin
from classwaves_admin.accounts.standing import DirectoryUnreachable, current_standing
from classwaves_admin.lib.clock import now


def _record(name: str, request: HttpRequest | None, user: User | None) -> None:
    if request is None:
        return
    access = _access(user) if user is not None and request.user == user else Access()
    schools = access.scope.schools or ()
    with transaction.atomic():
        record(
            name,
            by=actor_of(request, access),
            school_id=schools[0] if len(schools) == 1 else None,
            resource=("account", user.pk if user else None),
        )


def _access(user: User) -> Access:
    """Return what the person may do; nothing for someone who is just being turned away."""
    try:
        return current_standing(user, now=now()).access
    except (Suspended, DirectoryUnreachable):
        return Access()


@receiver(user_logged_in)
def _logged_in(request: HttpRequest, user: User, **kwargs: Any) -> None:
    begin(request.session, now())
    _record("auth.login", request, user)


@receiver(user_logged_out)
def _logged_out(request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        _record("auth.logout", request, user)


@receiver(user_login_failed)
def _login_failed(request: HttpRequest | None = None, **kwargs: Any) -> None:
    _record("auth.login_failed", request, None)


@receiver(authenticator_added)
def _enrolled(request: HttpRequest, user: User, **kwargs: Any) -> None:
    _record("auth.mfa_enrolled", request, user)


@receiver(authentication_failed)
def _second_factor_failed(request: HttpRequest, user: User, **kwargs: Any) -> None:
    _record("auth.mfa_failed", request, user)


@receiver(authenticator_used)
def _stepped_up(request: HttpRequest, user: User, reauthenticated: bool = False, **kwargs: Any) -> None:
    if reauthenticated:
        _record("auth.step_up", request, user)


@receiver(authentication_step_completed)
def _typed_the_password_again(
    request: HttpRequest, user: User, method: str, reauthenticated: bool = False, **kwargs: Any
) -> None:
    if reauthenticated and method == "password":  # a second factor is told by `authenticator_used`
        _record("auth.step_up", request, user)
