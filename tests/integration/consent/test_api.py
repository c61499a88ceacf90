"""The interface for the classroom application: answers, refusals, limits, bad days."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError, ProgrammingError
from django.test import Client
from django.urls import reverse

from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import AuditLog, ClassroomSession, School, Student
from classwaves_admin.warehouse.outbox import delivery
from consent.api.operations import PREFIX
from consent.vocabulary import ConsentType
from tests.architecture.routes import all_routes
from tests.factories import catalog as make
from tests.factories import families, keys

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.integration]
S, A, AI = ConsentType.SERVICE, ConsentType.AUDIO, ConsentType.AI
PROBLEM = "application/problem+json"


@pytest.fixture
def secret(school: School) -> str:
    """Return a key of the school that may ask everything."""
    return keys.api_key(school)[1]


@pytest.fixture
def meeting(school: School) -> ClassroomSession:
    """Return a session with two groups: in one all may be recorded, in the other Ben has refused."""
    meeting = make.session(school=school)
    ana, ben = (make.student(school=school, display_name=name) for name in ("Ana Lopez", "Ben Ito"))
    families.consents(ana, S, A, AI)
    families.consents(ben, S)
    families.consents(ben, A, consent_given=False, verified_at=None)
    for number, child in enumerate((ana, ben), start=1):
        make.participant(session=meeting, student=child, group=make.group(session=meeting, group_number=number))
    return meeting


def ask(address: str, secret: str, **headers: str) -> Any:
    """Send a GET with a key."""
    return Client().get(address, headers=keys.bearer(secret) | headers)


def gate(session_id: str) -> str:
    """Return the address of a session's gate."""
    return reverse("api-session-gate", args=[session_id])


def test_the_gate_answers_with_ids_and_codes(meeting: ClassroomSession, secret: str) -> None:
    """Which group may be recorded, who stands in the way, and why; what was refused is in the audit log."""
    response = ask(gate(meeting.id), secret)
    answer = response.json()
    assert response["Content-Type"].startswith("application/json")
    assert (answer["session_id"], answer["may_record"]) == (meeting.id, False)
    assert [(one["may_record"], one["may_analyse"]) for one in answer["groups"]] == [(True, True), (False, False)]
    (barred,) = answer["groups"][1]["recording_barred_by"]
    assert barred["reason"] == "refused"
    assert "Lopez" not in response.content.decode()
    delivery.deliver()
    asked = AuditLog.objects.get(event_type="student.searched")
    assert (asked.actor_type, asked.session_id, asked.school_id) == ("system", meeting.id, meeting.school_id)
    assert asked.actor_id.startswith("key:")
    blocked = AuditLog.objects.get(event_type="session.recording_blocked")
    assert json.loads(blocked.affected_student_ids or "") == [barred["student_id"]]
    assert json.loads(blocked.data_accessed or "") == {
        "groups": [answer["groups"][1]["group_id"]],
        "reasons": {"refused": 1},
    }


def test_a_session_without_bars_leaves_no_block(school: School, secret: str) -> None:
    """Only the question is recorded."""
    child = make.student(school=school)
    families.consents(child, S, A)
    meeting = make.session(school=school)
    make.participant(session=meeting, student=child, group=make.group(session=meeting))
    assert ask(gate(meeting.id), secret).json()["may_record"] is True
    delivery.deliver()
    assert set(AuditLog.objects.values_list("event_type", flat=True)) == {"student.searched"}


def test_one_students_consents(child: Student, secret: str) -> None:
    """Each type with the status that counts, and when a consent in force ends."""
    ends = now().replace(microsecond=0) + timedelta(days=30)
    families.consents(child, S, A, expires_at=ends)
    families.consents(child, AI, consent_given=False, verified_at=None)
    answer = ask(reverse("api-student-consent", args=[child.id]), secret).json()
    assert (answer["standing"], answer["may_record"], answer["may_analyse"]) == ("recordable", True, False)
    found = {one["type"]: (one["status"], one["expires_at"]) for one in answer["consents"]}
    assert found[S.value] == ("active", ends.isoformat().replace("+00:00", "Z"))
    assert found[AI.value] == ("refused", None)
    assert found[ConsentType.THIRD_PARTY.value] == ("not_asked", None)
    assert set(answer) == {
        "student_id", "school_id", "asked_at", "enrolled", "may_record", "may_analyse", "standing", "consents"
    }  # fmt: skip


def test_who_has_left_is_not_recorded(school: School, secret: str) -> None:
    """Consents stay on record; the gate is closed all the same."""
    left = make.student(school=school, status="inactive")
    families.consents(left, S, A, AI)
    answer = ask(reverse("api-student-consent", args=[left.id]), secret).json()
    assert (answer["standing"], answer["may_record"], answer["may_analyse"]) == ("not_enrolled", False, False)


def test_a_minute_has_an_end(meeting: ClassroomSession, secret: str, settings: Any) -> None:
    """429 with the time to wait, for every web process together; the next minute begins anew."""
    settings.API_REQUESTS_A_MINUTE = 2
    with time_machine.travel("2025-03-04T15:00:20Z", tick=False) as clock:
        first, second, third = (ask(gate(meeting.id), secret) for _ in range(3))
        assert (first.status_code, second.status_code, third.status_code) == (200, 200, 429)
        assert first["RateLimit"] == '"key";r=1;t=40'
        assert first["RateLimit-Policy"] == '"key";q=2;w=60'
        assert (third["Retry-After"], third["Content-Type"], third.json()["code"]) == (
            "40",
            PROBLEM,
            "too_many_requests",
        )
        clock.shift(timedelta(seconds=40))
        assert ask(gate(meeting.id), secret).status_code == 200


def test_wrong_keys_from_one_network_end_in_silence(meeting: ClassroomSession, secret: str, settings: Any) -> None:
    """After so many the answer is 429 and nothing more is logged; a good key still works."""
    settings.API_WRONG_KEYS_AN_HOUR = 2
    dead, old = keys.api_key(School(id=meeting.school_id), revoked_at=now())
    codes = [ask(gate(meeting.id), old).status_code for _ in range(4)]
    assert codes == [401, 401, 429, 429]
    delivery.deliver()
    assert AuditLog.objects.filter(actor_id=f"key:{dead.id}", event_type="auth.access_denied").count() == 2
    assert ask(gate(meeting.id), secret).status_code == 200


def test_a_catalog_that_sleeps_is_told_in_the_programs_language(
    meeting: ClassroomSession, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with Retry-After: whoever does not know records nothing."""

    def fails(*args: Any) -> None:
        raise OperationalError("asleep")

    monkeypatch.setattr("consent.api.operations.session_gate", fails)
    response = ask(gate(meeting.id), secret)
    assert (response.status_code, response["Content-Type"]) == (503, PROBLEM)
    assert (response.json()["code"], response["Retry-After"]) == ("catalog_asleep", "10")
    assert response["Cache-Control"] == "no-store"


def test_a_fault_of_ours_is_not_called_sleep(
    meeting: ClassroomSession, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused statement is an error to be seen, not to be waited for."""

    def fails(*args: Any) -> None:
        raise ProgrammingError("no such function")

    monkeypatch.setattr("consent.api.operations.session_gate", fails)
    with pytest.raises(ProgrammingError):
        ask(gate(meeting.id), secret)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "head", "options"])
def test_the_gate_is_asked_by_get_alone(meeting: ClassroomSession, secret: str, method: str) -> None:
    """Any other method is refused without a look at the catalog."""
    response = getattr(Client(), method)(gate(meeting.id), headers=keys.bearer(secret))
    assert (response.status_code, response["Allow"], response["Content-Type"]) == (405, "GET", PROBLEM)
    assert not AuditLog.objects.filter(event_type="student.searched").exists()


@pytest.mark.parametrize(
    "address",
    [
        f"{PREFIX}/sessions/no-such/recording-gate",
        f"{PREFIX}/students/no-such/consent",
        f"{PREFIX}/students/",
        f"{PREFIX}/x",
    ],
)
def test_what_is_not_there_is_told_in_the_programs_language(secret: str, address: str) -> None:
    """404 as RFC 9457 has it, without quoting what was asked for."""
    response = ask(address, secret)
    assert (response.status_code, response["Content-Type"]) == (404, PROBLEM)
    assert "no-such" not in response.content.decode()


def test_the_description_and_the_routes_agree() -> None:
    """Each described question is routed, each routed question described, with every error it can answer."""
    schema = Client().get(reverse("api-openapi")).json()
    asked = [route.pattern for route in all_routes() if route.declaration and route.declaration.scope]
    routed = {pattern.replace("<str:", "{").replace(">", "}") for pattern in asked}
    assert set(schema["paths"]) == routed
    for operations in schema["paths"].values():
        assert set(operations["get"]["responses"]) == {"200", "401", "403", "404", "429", "503"}
    assert schema["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    names = {name for model in schema["components"]["schemas"].values() for name in model["properties"]}
    assert not {name for name in names if "name" in name}
