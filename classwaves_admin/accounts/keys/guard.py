"""Lets a program with a key in: who it is, how much it may ask, what for, and of which school."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.db import DatabaseError, InterfaceError, transaction
from django.http import HttpRequest, HttpResponse

from audit.record import record
from classwaves_admin.accounts.access import Access
from classwaves_admin.accounts.actors import client_ip
from classwaves_admin.accounts.keys.actions import count_use
from classwaves_admin.accounts.keys.queries import find_key
from classwaves_admin.accounts.keys.rules import KeyScope, KeyState, read_header
from classwaves_admin.accounts.limits import too_often
from classwaves_admin.accounts.models import ApiKey
from classwaves_admin.accounts.problems import problem
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.unreachable import RETRY_AFTER_SECONDS, note
from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import Scope, inside, system_scope
from classwaves_admin.warehouse.trouble import Kind, explain

HOUR = 3600
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="ClassWaves"'}
View = Callable[..., HttpResponse]


def answer(view: View, scope: KeyScope, plain: HttpRequest, parts: dict[str, Any]) -> HttpResponse:
    """Answer a request that needs a key with `scope`; inside, `request.actor` is the key and the scope its school.

    No answer is kept by a cache. While a database does not answer: 503, with the time to wait.
    """
    request = cast(StaffRequest, plain)
    try:
        response = _answer(view, scope, request, parts)
    except (DatabaseError, InterfaceError) as error:
        trouble = explain(error)
        if trouble is None or trouble.kind is Kind.REFUSED:  # a fault of ours
            raise
        note(request, trouble, error)
        later = {"Retry-After": str(RETRY_AFTER_SECONDS)} if trouble.passes else {}
        code = "catalog_asleep" if trouble.passes else "catalog_refuses"
        response = problem(503, code, "The catalog does not answer. Record nothing until it does.", later)
    response["Cache-Control"] = "no-store"
    return response


def _answer(view: View, scope: KeyScope, request: StaffRequest, parts: dict[str, Any]) -> HttpResponse:
    moment = now()
    with system_scope(reason="a key says which school it is for"):
        secret = read_header(request.headers.get("Authorization", ""))
        key = find_key(secret) if secret else None
        if key is None or key.state_at(moment) is not KeyState.ALIVE:
            return _unknown(request, key)
        allowance = count_use(key=key, now=moment)
    if allowance.is_spent:
        return problem(429, "too_many_requests", "This key has used up its minute.", allowance.headers())
    request.actor = _actor(request, key)
    if scope.value not in key.scopes:
        _record_denial(request.actor, key, "scope")
        return problem(403, "wrong_scope", f"This key lacks the scope {scope.value}.", allowance.headers())
    request.access = Access(scope=Scope(schools=(key.school_id,)))
    with inside(request.access.scope):
        response = view(request, **parts)
    for name, value in allowance.headers().items():
        response[name] = value
    return response


def _unknown(request: HttpRequest, key: ApiKey | None) -> HttpResponse:
    """Refuse a request without a key, or with one that is not ours or counts no more, in the same words."""
    if too_often(request, "api-key", limit=settings.API_WRONG_KEYS_AN_HOUR, seconds=HOUR):
        later = {"Retry-After": str(HOUR)}
        return problem(429, "too_many_wrong_keys", "Too many requests without a good key from this network.", later)
    if key is not None:
        _record_denial(_actor(request, key), key, "dead_key")
    return problem(401, "no_good_key", "Send a key that is in force: Authorization: Bearer cw_…", CHALLENGE)


def _actor(request: HttpRequest, key: ApiKey) -> Actor:
    return Actor(f"key:{key.id}", ActorType.SYSTEM, client_ip(request), request.META.get("HTTP_USER_AGENT"))


def _record_denial(by: Actor, key: ApiKey, why: str) -> None:
    with transaction.atomic():
        record("auth.access_denied", by=by, school_id=key.school_id, resource=("api_key", key.id), data={"why": why})
