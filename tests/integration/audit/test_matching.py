"""Which rows a search finds: any of one kind, something of each, nothing that is unwanted."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.queries.search import matching
from audit.rules.language import QUALIFIERS, WORD, Term, parse
from audit.rules.meaning import TIMES, criteria_of
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from tests.factories import catalog as make
from tests.integration.audit.conftest import Schools

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])
TODAY = date(2025, 3, 10)
ZONE = ZoneInfo("America/New_York")
ROWS: dict[str, dict[str, Any]] = {
    "given": {
        "actor_id": "p1",
        "actor_type": "parent",
        "event_type": "consent.granted",
        "resource_type": "consent",
        "resource_id": "c/1",
        "compliance_basis": "COPPA_VPC",
        "ip_address": "10.0.0.7",
        "description": "Consent given for 100% of the tour",
        "affected_student_ids": '["maya"]',
    },
    "withdrawn": {
        "actor_id": "p1",
        "event_type": "consent.revoked",
        "resource_type": "consent",
        "resource_id": "c/2",
        "compliance_basis": "COPPA_312_6_PARENT",
        "description": "Consent withdrawn",
    },
    "seen": {"actor_id": "t1", "resource_id": "maya", "session_id": "s9", "ip_address": "AWS Internal"},
    "login": {"actor_id": "t1", "event_type": "auth.login", "event_category": "auth", "resource_type": "page"},
}


def found(text: str) -> set[str]:
    """Return the ids of the rows that the text finds."""
    criteria, problems = criteria_of(parse(text).terms, schools={"o": "Oak"}, today=TODAY, zone=ZONE)
    assert not problems
    with inside(EVERYTHING):
        return set(matching(criteria).values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", {"given", "withdrawn", "seen", "login"}),
        ("event:consent.*", {"given", "withdrawn"}),
        ("event:consent.granted event:auth.*", {"given", "login"}),
        ("event:consent.* actor:p1 basis:COPPA_VPC", {"given"}),
        ("basis:COPPA_*", {"given", "withdrawn"}),
        ("-basis:COPPA_*", {"seen", "login"}),
        ("-category:auth", {"given", "withdrawn", "seen"}),
        ("-actor:p1 -event:auth.*", {"seen"}),
        ("student:maya", {"given", "seen"}),
        ("-student:maya", {"withdrawn", "login"}),
        ("resource:consent", {"given", "withdrawn"}),
        ("resource:consent/c/2", {"withdrawn"}),
        ("-resource:consent/c/2 resource:consent", {"given"}),
        ('ip:"AWS Internal" ip:10.*', {"given", "seen"}),
        ("-ip:10.*", {"withdrawn", "seen", "login"}),
        ("session:s9", {"seen"}),
        ("consent tour", {"given"}),
        ('"consent tour"', set()),
        ("consent -tour", {"withdrawn"}),
        ("100%", {"given"}),
        ("event:*", {"given", "withdrawn", "seen", "login"}),
        ("school:oak", set()),
    ],
)
def test_pieces_find_their_rows(schools: Schools, text: str, ids: set[str]) -> None:
    """Columns without a value are not what is unwanted; signs of LIKE are themselves."""
    for row_id, values in ROWS.items():
        make.audit_row(school=schools.harbour, id=row_id, **values)
    assert found(text) == ids


@given(
    st.lists(
        st.builds(
            Term,
            st.sampled_from([WORD, *(name for name in QUALIFIERS if name not in TIMES)]),
            st.text(st.characters(exclude_characters="\x00", codec="utf-8")).map(lambda text: f"zq'{text}"),
            st.booleans(),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_what_is_typed_is_never_a_part_of_the_sql(pieces: list[Term]) -> None:
    """Every value goes to the engine as a parameter."""
    schools = {term.value: "A school" for term in pieces if term.name == "school"}
    criteria, _ = criteria_of(pieces, schools=schools, today=TODAY, zone=ZONE)
    with inside(EVERYTHING):
        sql, parameters = matching(criteria).query.sql_with_params()
    assert "zq" not in sql
    in_small_letters = re.sub(r"\[(.)(.)\]", r"\2", str(parameters))  # a pattern of words takes either case
    assert "zq" in in_small_letters
