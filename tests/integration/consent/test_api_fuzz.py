"""Asks the interface whatever its description permits, and what it does not: never an error of ours."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from classwaves_admin.warehouse.models import School
from classwaves_admin.wsgi import application
from consent.api.operations import PREFIX
from tests.factories import catalog as make
from tests.factories import families, keys

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.integration]
CALM = settings(
    max_examples=40,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),  # one test's rows serve all examples, which only read
)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def secret(school: School, settings: Any) -> str:
    """Return a key that is never out of breath."""
    settings.API_REQUESTS_A_MINUTE = settings.API_WRONG_KEYS_AN_HOUR = 1_000_000
    return keys.api_key(school)[1]


@pytest.fixture
def ids(school: School) -> list[str]:
    """Return ids that exist: of a session, of a student in it, and of another school's student."""
    child, meeting = make.student(school=school), make.session(school=school)
    families.consents(child)
    make.participant(session=meeting, student=child, group=make.group(session=meeting))
    return [meeting.id, child.id, make.student().id]


@pytest.mark.parametrize("mode", GenerationMode)
def test_whatever_is_asked_is_answered_as_described(mode: GenerationMode, secret: str, ids: list[str]) -> None:
    """With a good key: each answer has a described status, content type and form, whatever the parts hold."""
    schema = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", application)
    operations = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    assert {operation.path for operation in operations} == {
        f"{PREFIX}/sessions/{{session_id}}/recording-gate",
        f"{PREFIX}/students/{{student_id}}/consent",
    }
    for operation in operations:

        @CALM
        @given(case=operation.as_strategy(generation_mode=mode), one=st.sampled_from([*ids, None]))
        def asked(case: Case, one: str | None) -> None:
            if one is not None:
                case.path_parameters = dict.fromkeys(case.path_parameters, one)
            response = case.call(headers=keys.bearer(secret))
            case.validate_response(response, checks=CHECKS)

        asked()


@CALM
@given(
    rest=st.text(st.characters(blacklist_categories=["Cs"]), max_size=60),
    header=st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=80),
    method=st.sampled_from(["get", "post", "put", "delete", "patch", "head", "options"]),
)
def test_no_address_method_or_header_breaks_it(rest: str, header: str, method: str) -> None:
    """Strangers get a refusal in the same form for whatever they send, and never an answer."""
    for address in (
        f"{PREFIX}/{rest}",
        f"{PREFIX}/sessions/{rest}/recording-gate",
        f"{PREFIX}/students/{rest}/consent",
    ):
        response = getattr(Client(), method)(address, headers={"Authorization": header})
        assert response.status_code in {301, 400, 401, 404, 405, 429}
