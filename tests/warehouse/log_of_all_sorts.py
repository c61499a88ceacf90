"""A log as several services leave it: late rows, clocks of 1970 and 2100, many rows at one moment, odd values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from audit.rules.criteria import Criteria, Values, beginning
from classwaves_admin.lib.words import asked, holds
from classwaves_admin.warehouse.log_index.tokens import LIST_SEPARATORS
from classwaves_admin.warehouse.models import AuditLog

START = datetime(2025, 3, 4, 15, tzinfo=UTC)
SCHOOLS = ("school-1", "School-1", "hügel", "")
EVENTS = ("student.viewed", "student.searched", "consent.granted", "consent.granted.again", "Boot", "a b.c", "")
CATEGORIES = ("data", "auth", "Wörter", "")
ACTORS = ("rivera", "Rivera", "system:nightly", "x" * 300, "x" * 300 + "y")
STUDENTS = ("01a20b7b-bbbb-7287-a517-000000000001", "s1", "S1", "12", "schüler", "s1:x")
LISTS = (
    None,
    "",
    "[]",
    "null",
    "{not json",
    'say "s1"',
    "s1, S1;12",
    '{"deep": [{"id": "s1"}]}',
    "[12, 13.5, true]",
    "\x01s1",
    '["s\\u0031"]',
)
RESOURCES = (("student", "s1"), ("audit_log", None), ("session", "s1"), ("a/b", "c"), ("a", "b/c"), ("student", "a b"))
ADDRESSES = (None, "198.51.100.7", "198.51.100.70", "AWS Internal", "::1", "")
SESSIONS = (None, "sess-1", "sess-12", "SESS-1")
BASES = (None, "FERPA_A1_SCHOOL_OFFICIAL", "FERPA_99_10_ACCESS", "ferpa")
TEXTS = (
    "Student record viewed",
    "student RECORD, viewed again",
    "records",
    "",
    "--",
    "under_score and hyphen-ated a.b/c:d@e+f",
    "\u201cquoted\u201d \u2014 dashed\u00a0space",
    "Ñandú ÑANDÚ ñandú nandu",
    "e\u0301 \u0130stanbul stra\u00dfe \ufb01sh 李雷 👩‍👧",
    "\u00a6sschool-1 record",
    "tab\trecord\nline\rend\x0bx",
    "w" * 150,
    "w" * 100,
    "<script>alert('record')</script>",
    "record " * 1200,
)
WORDS = (
    "record",
    "RECORD",
    "rec*",
    "record viewed",
    "viewed record",
    "stud* record",
    "score",
    "under_score",
    "ñandú",
    "nandu",
    "quoted",
    "x*",
    "sschool-1",
    "straße",
    "istanbul",
    "李雷",
    "--",
    "*",
    "w" * 100,
    "w" * 120,
    "script",
    "%",
    "a b",
    "e\u0301",
)


def rows(number: int, seed: int = 1) -> Iterator[AuditLog]:
    """Yield unsaved rows in the order in which they arrive."""
    chance = Random(seed)
    moments = [
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2100, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ]
    for place in range(number):
        usual = START + timedelta(seconds=place // 4, microseconds=chance.choice((0, 0, 999_999)))
        late = START - timedelta(seconds=chance.randrange(1_000), microseconds=chance.randrange(3))
        kind, identifier = chance.choice(RESOURCES)
        students = chance.choice((*LISTS, *(json.dumps(chance.sample(STUDENTS, 2)) for _ in range(9))))
        yield AuditLog(
            id=f"{chance.choice('aBé')}{chance.randrange(10**9)}-{place}",
            actor_id=chance.choice(ACTORS),
            actor_type="teacher",
            event_type=chance.choice(EVENTS),
            event_category=chance.choice(CATEGORIES),
            event_timestamp=chance.choice((usual, usual, usual, late, chance.choice(moments))),
            resource_type=kind,
            resource_id=identifier,
            school_id=chance.choice(SCHOOLS),
            session_id=chance.choice(SESSIONS),
            description=chance.choice(TEXTS),
            ip_address=chance.choice(ADDRESSES),
            compliance_basis=chance.choice(BASES),
            affected_student_ids=students,
            created_at=START,
        )


def wanted(row: AuditLog, criteria: Criteria) -> bool:
    """Tell in plain Python whether the row belongs to the search: what every engine has to find."""
    if (criteria.since and row.event_timestamp < criteria.since) or (
        criteria.until and row.event_timestamp >= criteria.until
    ):
        return False
    return all(_answers(row, criteria.wanted)) and not any(_answers(row, criteria.unwanted))


def _answers(row: AuditLog, values: Values) -> Iterator[bool]:
    """Yield for each kind of values that is set whether the row holds any of them."""
    columns = {
        "schools": row.school_id,
        "events": row.event_type,
        "categories": row.event_category,
        "actors": row.actor_id,
        "bases": row.compliance_basis,
        "ips": row.ip_address,
        "sessions": row.session_id,
    }
    for name, held in columns.items():
        if given := getattr(values, name):
            may_go_on = name not in ("schools", "actors")
            yield held is not None and any(_is(held, value, may_go_on) for value in given)
    if values.resources:
        yield any(
            row.resource_type == one.type and (not one.id or row.resource_id == one.id) for one in values.resources
        )
    if values.students:
        about = row.resource_id if row.resource_type == "student" else None
        yield about in values.students or not set(values.students).isdisjoint(_parts(row.affected_student_ids or ""))
    for text in values.words:
        if words := asked(text):
            yield holds(row.description, words)


def _is(held: str, value: str, may_go_on: bool) -> bool:
    start = beginning(value) if may_go_on else None
    return held == value if start is None else held.startswith(start)


def _parts(text: str) -> set[str]:
    for sign in LIST_SEPARATORS:
        text = text.replace(sign, " ")
    return set(text.split(" ")) - {""}
