"""The questions that a program of a school may ask. Who may ask is declared where they are routed."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern
from django.views.decorators.http import require_safe
from ninja import NinjaAPI, Path
from ninja.errors import ValidationError

from classwaves_admin.accounts.problems import CONTENT_TYPE, problem
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import ClassroomSession, Student
from consent.actions.gate import note_question
from consent.actions.looking import note_record
from consent.api.answers import SessionAnswer, StudentAnswer, session_answer, student_answer
from consent.queries.gate import session_gate
from consent.queries.student_state import student_state

PREFIX = "/api/v1"
_ERRORS = {
    401: "No key, or one that is unknown, expired or revoked.",
    403: "The key lacks the scope.",
    404: "There is no such row at the key’s school.",
    429: "The key has used up its minute; Retry-After says how long to wait.",
    503: "The catalog does not answer; Retry-After says how long to wait. Record nothing until it does.",
}
_PROBLEM = {
    "type": "object",
    "description": "An error as in RFC 9457. Programs read `code`.",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
    },
}
_EXTRA = {
    "responses": {
        str(status): {
            "description": words,
            "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, words in _ERRORS.items()
    }
}

api = NinjaAPI(
    title="ClassWaves recording gate",
    version="1",
    description="Ask before each recording. Answers hold ids and codes, never a name. Whatever is not a 200 is a no.",
    docs_url=None,  # its pages come from a CDN
    openapi_url=None,  # see `openapi`
    urls_namespace="api-v1",
)


@api.get(
    "/sessions/{session_id}/recording-gate",
    response=SessionAnswer,
    url_name="session-gate",
    operation_id="recordingGate",
    summary="Which groups of a session may be recorded and analysed now",
    openapi_extra=_EXTRA,
)
def recording_gate(request: StaffRequest, session_id: Path[str]) -> SessionAnswer:
    """Fail-safe: who is not known to have consented may not be recorded, nor the group that they sit in."""
    judged = session_gate(session_id, now())
    note_question(by=request.actor, judged=judged)
    return session_answer(judged)


@api.get(
    "/students/{student_id}/consent",
    response=StudentAnswer,
    url_name="student-consent",
    operation_id="studentConsent",
    summary="What counts for one student now",
    openapi_extra=_EXTRA,
)
def student_consent(request: StaffRequest, student_id: Path[str]) -> StudentAnswer:
    """The same effective answers as the portal’s own pages."""
    state = student_state(student_id, now())
    note_record(by=request.actor, student=state.student)
    return student_answer(state)


@api.exception_handler(ObjectDoesNotExist)
def _missing(request: HttpRequest, error: ObjectDoesNotExist) -> HttpResponse:
    what = {ClassroomSession.DoesNotExist: "session", Student.DoesNotExist: "student"}.get(type(error), "row")
    return problem(404, f"no_such_{what}", f"There is no such {what} at this key’s school.")


@api.exception_handler(ValidationError)
def _unreadable(request: HttpRequest, error: ValidationError) -> HttpResponse:
    return problem(422, "unreadable", "The request cannot be read.")


_VIEWS: dict[str | None, Any] = {one.name: one.callback for one in api.urls[0] if isinstance(one, URLPattern)}


def operation(name: str) -> Any:
    """Return the view of an operation by its `url_name`, for the route that declares who may ask."""
    view = _VIEWS[name]

    def inner(request: HttpRequest, **parts: str) -> HttpResponse:
        if request.method != "GET":
            return problem(405, "method_not_allowed", "Ask with GET.", {"Allow": "GET"})
        response: HttpResponse = view(request, **parts)
        return response

    return inner


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """Return the OpenAPI description of all questions."""
    schema: dict[str, Any] = api.get_openapi_schema(path_prefix=PREFIX)
    schema["components"]["schemas"]["Problem"] = _PROBLEM
    schema["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer", "bearerFormat": "cw_…"}}
    return JsonResponse(schema | {"security": [{"key": []}]})


def unknown(request: HttpRequest, rest: str) -> HttpResponse:
    """Answer for an address of the interface that asks nothing."""
    return problem(404, "no_such_address", "There is no such question. See openapi.json.")
