"""Writes sign-in events to the audit log, from the signals with which allauth reports them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account.signals import authentication_step_completed, user_logged_in
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_used
from django.contrib.auth.signals import user_logged_out, user_login_failed
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from audit.record import record_by_school
from classwaves_admin.accounts.access import Access, Suspended
from classwaves_admin.accounts.actors import actor_of
from classwaves_admin.accounts.directory import schools_of_address
from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.sign_in import begin
from classwaves_admin.accounts.standing import DirectoryUnreachable, current_standing
from classwaves_admin.lib.clock import now


def _record(name: str, request: HttpRequest | None, user: User | None, address: str = "") -> None:
    """Record at each school whose person it is; `address` is what a person without an account has typed."""
    if request is None:
        return
    access = _access(user) if user is not None and request.user == user else Access()
    concerned = dict.fromkeys(access.scope.schools or (), ()) if access.role else _refused(user, address)
    with transaction.atomic():
        record_by_school(
            name, by=actor_of(request, access), concerned=concerned, resource=("account", user.pk if user else None)
        )


def _refused(user: User | None, address: str) -> dict[str, tuple[()]]:
    return schools_of_address(user.email if user else address, today=now().date())


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
def _login_failed(
    credentials: Mapping[str, Any] | None = None, request: HttpRequest | None = None, **kwargs: Any
) -> None:
    """Say whose account it was, where there is one; what was typed stays out of the log."""
    address = str((credentials or {}).get("email") or "").strip().lower()
    _record("auth.login_failed", request, User.objects.filter(email=address).first(), address)


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
