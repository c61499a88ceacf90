"""Pages for the keys of a school. To make one or take one back, a person confirms who they are again."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from classwaves_admin.accounts.keys.actions import create_key, revoke_key
from classwaves_admin.accounts.keys.forms import KeyForm
from classwaves_admin.accounts.keys.queries import keys_in_scope
from classwaves_admin.accounts.keys.rules import KeyScope
from classwaves_admin.accounts.models import ApiKey, User
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now

LIST = "key-list"


def key_list(request: StaffRequest) -> HttpResponse:
    """Show the keys of the person's schools: what each may ask, when it was last used, when it ends."""
    moment = now()
    schools = dict(request.school_choices)
    lines = [
        {
            "key": key,
            "state": key.state_at(moment),
            "school": schools.get(key.school_id, ""),
            "scopes": [label for value, label in KeyScope.choices if value in key.scopes],
        }
        for key in keys_in_scope(request.school)
    ]
    context = {"lines": lines, "several_schools": len(schools) > 1 and request.school is None}
    return render(request, "keys/list.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def key_new(request: StaffRequest) -> HttpResponse:
    """Make a key and show it: this once, for only its hash is kept."""
    schools = [one for one in request.school_choices if request.school in {None, one[0]}]
    form = KeyForm(request.POST if request.method == "POST" else None, schools=schools)
    if not form.is_bound or not form.is_valid():
        return render(request, "keys/new.html", {"form": form}, status=422 if form.is_bound else 200)
    key, secret = create_key(
        school_id=form.cleaned_data["school"],
        name=form.cleaned_data["name"],
        scopes=form.chosen_scopes(),
        days=form.cleaned_data["days"],
        user=cast(User, request.user),
        by=request.actor,
        now=now(),
    )
    context = {
        "key": key,
        "secret": str(secret),
        "school": dict(schools).get(key.school_id, ""),
        "portal": settings.PORTAL_URL,
    }
    return render(request, "keys/made.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def key_revoke(request: StaffRequest, key_id: str) -> HttpResponse:
    """Ask before a key is taken back, and do it on POST. Another school's key does not exist."""
    key = ApiKey.objects.filter(pk=key_id).first()
    if key is None:
        raise Http404("There is no such key.")
    if request.method == "POST":
        revoke_key(key=key, by=request.actor, now=now())
        messages.success(request, f"The key {key} is revoked. Programs that use it are refused from now on.")
        return redirect(LIST)
    return render(request, "keys/revoke.html", {"key": key})
