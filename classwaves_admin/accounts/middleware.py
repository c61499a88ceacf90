"""Gives each request its access, its scope, its school and its actor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from audit.record import record_by_school
from classwaves_admin.accounts import sign_in
from classwaves_admin.accounts.access import Access, Suspended
from classwaves_admin.accounts.actors import actor_of
from classwaves_admin.accounts.directory import Standing, schools_of_address
from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.sessions import end_all
from classwaves_admin.accounts.standing import DirectoryUnreachable, current_standing
from classwaves_admin.accounts.support.entering import SCHOOL_KEY, GrantOver, within_grant
from classwaves_admin.accounts.unreachable import trouble_page, unreachable
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import Scope, inside

GRANT_OVER = "The district’s support access is over. You are out, and nothing of the last page was saved."
OVER = "You were signed in for as long as your school allows. Sign in again to go on."
ENROL = "Add a second factor to go on: this keeps student records safe if a password leaks."


class AccessMiddleware:
    """Runs after authentication.

    Sets `request.access`, `request.actor`, `request.school` (the chosen school's id or None for all)
    and `request.school_choices`, and runs the view inside the person's scope: within a support grant that the
    session has entered, the granted district.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, plain: HttpRequest) -> HttpResponse:
        """Serve one request."""
        request = cast(StaffRequest, plain)
        _attach(request, Standing(Access()))
        if request.path == reverse("catalog-awake"):  # asked while the directory sleeps; it shows nothing
            return self.get_response(request)
        try:
            standing = self._standing(request)
        except Suspended as refusal:
            return _out(request, refusal)
        except GrantOver:
            return _left(request)
        except DirectoryUnreachable as error:
            return unreachable(request, error.__cause__)
        _attach(request, standing)
        if isinstance(request.user, User) and sign_in.is_over(request.session, standing.policy, now()):
            return _over(request)
        if standing.policy.second_factor and _must_enrol(request):
            messages.info(request, ENROL)
            return redirect("mfa_index")
        with inside(request.access.scope):
            return self.get_response(request)

    @staticmethod
    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer for a page that could not be made because a database does not answer or refuses the portal."""
        return trouble_page(request, exception)

    @staticmethod
    def _standing(request: HttpRequest) -> Standing:
        user, moment = request.user, now()
        if not isinstance(user, User):
            return Standing(Access())
        return within_grant(request.session, user, current_standing(user, now=moment), now=moment)


def _attach(request: StaffRequest, standing: Standing) -> None:
    """Put the standing on the request, narrowed to the school that the person chose."""
    access = standing.access
    chosen = request.session.get(SCHOOL_KEY) if standing.schools else None
    if chosen is not None and not access.scope.allows_school(chosen):
        chosen = None
    if chosen is not None:
        access = replace(access, scope=Scope((chosen,), access.scope.districts))
    request.access = access
    request.concerned = standing.access.scope.schools or ()
    request.actor = actor_of(request, access)
    request.school = chosen
    request.school_choices = standing.schools


def _over(request: StaffRequest) -> HttpResponse:
    """Sign a person out here whose sign-in has lasted as long as their school lets it."""
    logout(request)
    messages.info(request, OVER)
    return redirect_to_login(request.get_full_path() if request.method == "GET" else reverse("dashboard"))


def _out(request: StaffRequest, refusal: Suspended) -> HttpResponse:
    """Sign a person out everywhere who is suspended, or whose domain the school does not take any more."""
    user = request.user
    if isinstance(user, User):
        concerned = schools_of_address(user.email, today=now().date())
        with transaction.atomic():
            record_by_school("auth.access_denied", by=request.actor, concerned=concerned, resource=("account", user.pk))
            end_all(user)
    logout(request)
    messages.error(request, refusal.words)
    return redirect("account_login")


def _left(request: StaffRequest) -> HttpResponse:
    """Lead out of a grant that is over, whatever was asked for: nothing is shown or done any more."""
    messages.warning(request, GRANT_OVER)
    if request.headers.get("HX-Request"):
        return HttpResponseClientRedirect(reverse("support-list"))
    return redirect("support-list")


def _must_enrol(request: HttpRequest) -> bool:
    if not isinstance(request.user, User):
        return False
    open_paths = (reverse("account_login").removesuffix("login/"), settings.STATIC_URL, reverse("healthz"))
    return not request.path.startswith(open_paths) and not is_mfa_enabled(request.user)
