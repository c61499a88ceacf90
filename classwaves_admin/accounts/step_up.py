"""Asks a person to show who they are again before something that is hard to take back.

Who has a second factor is asked for it, others for their password. What they had sent is kept meanwhile in their
session, sealed, and shown as a form to be sent again: a form is lost by nothing, and sent by nobody but them.
"""

from __future__ import annotations

import json
import time
from urllib.parse import urlencode

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from classwaves_admin.accounts.models import User
from classwaves_admin.lib.kept_form import KeptForm, Typed, asked_again, kept_form
from classwaves_admin.lib.sealed_text import Unreadable, seal, unseal

__all__ = ["ask", "forget_form", "is_fresh", "remembered_form"]

_KEY = _PURPOSE = "step_up_form"


def is_fresh(request: HttpRequest) -> bool:
    """Tell whether the person has shown who they are within `ACCOUNT_REAUTHENTICATION_TIMEOUT`, as well as they can.

    A password is not enough for who has a second factor. Who has neither, signing in by Google alone, counts as
    fresh: outside of development everybody has a second factor (`STAFF_MFA_REQUIRED`).
    """
    user = request.user
    if not isinstance(user, User):
        return False
    if not is_mfa_enabled(user):
        return bool(did_recently_reauthenticate(request))
    records = get_authentication_records(request, user)
    times = [one["at"] for one in records if one.get("reauthenticated") and one.get("method") == "mfa"]
    return bool(times) and time.time() - max(times) < app_settings.REAUTHENTICATION_TIMEOUT


def ask(request: HttpRequest) -> HttpResponse:
    """Lead to the question, and afterwards on to the page, or to the form that was sent."""
    following = request.get_full_path()
    if request.method == "POST":
        _remember(request)
        following = reverse("step-up")
    methods = get_adapter().get_reauthentication_methods(request.user)
    question = f"{methods[0]['url']}?{urlencode({'next': following})}"
    return HttpResponseClientRedirect(question) if "HX-Request" in request.headers else HttpResponseRedirect(question)


def remembered_form(session: SessionBase) -> tuple[str, KeptForm] | None:
    """Return where the person had sent a form, and the form; None where there is none that can be sent again."""
    try:
        text = unseal(session.get(_KEY, ""), keys=_keys(), purpose=_PURPOSE)
    except Unreadable:
        return None
    path, typed, asked = json.loads(text)
    return path, KeptForm(tuple(Typed(*pair) for pair in typed), tuple(asked_again(*pair) for pair in asked))


def forget_form(session: SessionBase) -> None:
    """Forget what was kept: it has been sent again, or nobody wants to."""
    session.pop(_KEY, None)


def _remember(request: HttpRequest) -> None:
    kept = kept_form(request)
    if kept is None:
        forget_form(request.session)
        return
    typed = [(one.name, one.value) for one in kept.typed]
    asked = [(one.name, one.type) for one in kept.asked]
    text = json.dumps([request.get_full_path(), typed, asked])
    request.session[_KEY] = seal(text, key=_keys()[0], purpose=_PURPOSE)


def _keys() -> list[str]:
    return [str(settings.SECRET_KEY), *map(str, settings.SECRET_KEY_FALLBACKS)]
