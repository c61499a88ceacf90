"""Each URL declares here who may open it and which audit event a read of student data leaves.

    path("students/", guarded(views.student_list, Permission.SEE_STUDENTS, audits="student.searched"))
    path("keys/new/", guarded(keys.key_new, Permission.MANAGE_KEYS, fresh=True))
    path("c/<str:token>/", open_to_all(views.answer, why="parents have no account"))
    path("api/v1/students/<str:id>/consent", keyed(views.ask, KeyScope.STUDENT_CONSENT, audits="student.viewed"))

`tests/architecture/test_urls.py` walks every URL and fails for one that declares nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase

from audit.record import record_by_school
from classwaves_admin.accounts import step_up
from classwaves_admin.accounts.keys import guard
from classwaves_admin.accounts.keys.rules import KeyScope
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a route says about itself: the permission or the key's scope that it needs, or why it is open.

    `fresh` routes ask who the person is once more (step_up.py).
    """

    permission: Permission | None
    audits: str | None = None
    why: str = ""
    scope: KeyScope | None = None
    fresh: bool = False


def guarded(view: View, permission: Permission, *, audits: str | None = None, fresh: bool = False) -> View:
    """Return the view for signed-in people who hold `permission`.

    `audits` names the event that the view must leave because it shows student data. Anonymous
    people are sent to sign in; others without the permission get 403, which is audited. A `fresh` route is for
    exports, deletions, roles, keys and support access: it asks for the second factor again, or for the password
    of who has none, unless that was a few minutes ago.
    """

    @wraps(view)
    def inner(plain: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        _refuse_nul(kwargs)
        if not plain.user.is_authenticated:
            return redirect_to_login(plain.get_full_path())
        request = cast(StaffRequest, plain)
        if not request.access.may(permission):
            _record_denial(request)
            raise PermissionDenied(permission.label)
        if fresh and not step_up.is_fresh(request):
            return step_up.ask(request)
        if fresh and request.method == "POST":
            step_up.forget_form(request.session)
        return view(request, *args, **kwargs)

    return _declared(inner, Declaration(permission, audits, fresh=fresh))


def open_to_all(view: View, *, why: str) -> View:
    """Return the view for everyone, with the reason why nobody has to sign in."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        _refuse_nul(kwargs)
        return view(request, *args, **kwargs)

    return _declared(inner, Declaration(None, None, why))


def keyed(view: View, scope: KeyScope, *, audits: str) -> View:
    """Return the view for programs that hold a key with `scope`; `audits` names the event that it must leave.

    Signed-in people and strangers get 401: a key is never a cookie, so no other site can use it.
    """

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        _refuse_nul(kwargs)
        return guard.answer(cast(guard.View, view), scope, request, kwargs)

    inner.csrf_exempt = True  # type: ignore[attr-defined]  # nothing in a browser's cookies counts here
    return _declared(inner, Declaration(None, audits, scope=scope))


def declaration_of(view: View) -> Declaration | None:
    """Return what the route declares, or None for a route that declares nothing."""
    return getattr(view, "declaration", None)


def _declared(view: View, declaration: Declaration) -> View:
    view.declaration = declaration  # type: ignore[attr-defined]  # functions take attributes
    return view


def _refuse_nul(parts: dict[str, Any]) -> None:
    """Raise Http404 for an address with a NUL: no row has such an id, and PostgreSQL refuses to look for one."""
    if any("\0" in str(part) for part in parts.values()):
        raise Http404("There is no such page.")


def _record_denial(request: StaffRequest) -> None:
    page = request.resolver_match.view_name if request.resolver_match else None
    concerned = dict.fromkeys(request.concerned, ())
    with transaction.atomic():
        record_by_school("auth.access_denied", by=request.actor, concerned=concerned, resource=("page", page))
