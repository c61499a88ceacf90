"""Who can read which table, in words: from the permissions of the portal's pages and the scopes of its keys.

`READS`, `COUNTS` and `ASKS` say which tables the pages of a permission, and the answers to a key, read. The walk of all
addresses (tests/architecture/test_urls.py) fails for a page that reads a table that is not named here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from classwaves_admin.accounts.keys.rules import KeyScope
from classwaves_admin.accounts.permissions import Permission as P
from classwaves_admin.accounts.roles import PERMISSIONS, WITHIN_A_GRANT, Role
from classwaves_admin.warehouse.inventory import tables

__all__ = ["ASKS", "BY_LINK", "COUNTS", "FRAME", "READS", "Reader", "counters", "programs", "readers", "words_of"]

_PERSON = "users.students compliance.parental_consents compliance.coppa_compliance"
_LESSONS = "sessions.classroom_sessions sessions.student_groups sessions.participants"
# What is held of one student is counted on the student's page, and opened item by item.
_ABOUT_STUDENTS = " ".join(entry.name for entry in tables() if entry.students)
# What every page of a signed-in person reads: names of their schools, settings, and who they and their colleagues are.
FRAME = frozenset({"users.schools", "users.teachers", "admin.school_settings", "admin.districts"})
# Tables whose rows the pages of a permission show.
_READS: Mapping[P, str] = {
    P.SEE_CONSENT_STATE: f"{_PERSON} {_LESSONS}",
    P.SEE_STUDENTS: f"{_ABOUT_STUDENTS} compliance.retention_policies",
    P.OPEN_HELD: _ABOUT_STUDENTS,
    P.ASK_CONSENT: _PERSON,
    P.MANAGE_CONSENT: f"{_PERSON} {_LESSONS} audio.recordings compliance.audit_log compliance.retention_policies",
    P.EDIT_NOTICES: "notifications.templates compliance.retention_policies",
    P.MANAGE_AGES: f"{_PERSON} compliance.audit_log",
    P.IMPORT_ROSTERS: _PERSON,
    **dict.fromkeys((P.SEE_RETENTION, P.MANAGE_RETENTION), "compliance.retention_policies"),
    **dict.fromkeys((P.SEE_REQUESTS, P.ANSWER_REQUESTS, P.DELETE_CHILD), "users.students"),
    P.MANAGE_HOLDS: "users.students sessions.classroom_sessions",
    P.SEE_MAIL: "notifications.templates notifications.notification_queue",
    P.SEE_MAIL_OF_OTHERS: "users.students notifications.notification_queue",
    P.SEE_SYSTEM: "operational.background_jobs operational.system_events operational.api_metrics"
    " notifications.templates",
    P.SEE_AUDIT: "users.students compliance.audit_log",
    P.DOWNLOAD_REPORTS: f"{_PERSON} compliance.audit_log",
    P.SEE_INVENTORY: "compliance.retention_policies",
}
# Tables whose rows they count, or ask whether there is one, and show no row of.
_COUNTS: Mapping[P, str] = {
    P.SEE_CONSENT_STATE: "audio.recordings",
    P.SEE_DASHBOARD: f"{_PERSON} compliance.audit_log",
    P.EDIT_NOTICES: "compliance.coppa_compliance",
    **dict.fromkeys((P.SEE_RETENTION, P.MANAGE_RETENTION, P.ANSWER_REQUESTS), "compliance.coppa_compliance"),
    P.SEE_INVENTORY: "compliance.coppa_compliance",
    P.SEE_PROOF: "compliance.audit_log",
    **dict.fromkeys((P.SEE_SUPPORT, P.USE_SUPPORT, P.GRANT_SUPPORT), "users.students compliance.audit_log"),
    **dict.fromkeys((P.SEE_DISTRICTS, P.EDIT_DISTRICTS, P.CREATE_DISTRICTS), "users.students"),
    **dict.fromkeys((P.SEE_SCHOOLS, P.EDIT_SCHOOLS), _PERSON),
}
READS: Mapping[P, frozenset[str]] = {one: frozenset(_READS.get(one, "").split()) | FRAME for one in P}
COUNTS: Mapping[P, frozenset[str]] = {one: frozenset(_COUNTS.get(one, "").split()) for one in P}
ASKS: Mapping[KeyScope, frozenset[str]] = {
    KeyScope.RECORDING_GATE: frozenset(f"{_PERSON} {_LESSONS} audio.recordings users.teachers".split()),
    KeyScope.STUDENT_CONSENT: frozenset(_PERSON.split()),
}
# Without an account: whoever has the link that came by mail, or reads what a school publishes.
BY_LINK: Mapping[str, tuple[str, str]] = {
    "users.students": (
        "guardians, about their own child",
        "A guardian, by the link in a mail: the child’s first name.",
    ),
    "compliance.parental_consents": (
        "guardians, about their own child",
        "A guardian, by the link in a mail: the own answers.",
    ),
    "compliance.retention_policies": ("the public", "Everybody: a school’s retention policy is public."),
    "users.schools": ("the public, in part", "Everybody: name and contact stand in what a school publishes."),
}
# Who holds permissions, in words. A support grant adds some for ClassWaves, for hours and in one district.
_HOLDERS: Mapping[str, frozenset[P]] = {
    "ClassWaves staff": PERMISSIONS[Role.SUPER_ADMIN],
    "ClassWaves staff within a support grant": WITHIN_A_GRANT - PERMISSIONS[Role.SUPER_ADMIN],
    "district administrators": PERMISSIONS[Role.DISTRICT_ADMIN],
    "school administrators": PERMISSIONS[Role.SCHOOL_ADMIN],
    "teachers": PERMISSIONS[Role.TEACHER],
    "auditors": PERMISSIONS[Role.AUDITOR],
}
_OWN = "Names and settings of the own schools"


@dataclass(frozen=True, slots=True)
class Reader:
    """People who may do the same with a table, and what that is, in words."""

    people: tuple[str, ...]
    may: tuple[str, ...]

    @property
    def words(self) -> str:
        """Return who they are."""
        return _listed(self.people)


def readers(table: str) -> list[Reader]:
    """Return who can read rows of a table, each within their own schools; who may do the same stand together."""
    if table in FRAME:
        return [Reader(tuple(one for one in _HOLDERS if "grant" not in one), (_OWN,))]
    return _grouped(READS, table)


def counters(table: str) -> list[Reader]:
    """Return who sees numbers of a table's rows and, on those pages, no row."""
    return _grouped(COUNTS, table)


def programs(table: str) -> list[str]:
    """Return what programs with a key may ask of a table, in words."""
    return [str(scope.label) for scope in KeyScope if table in ASKS[scope]]


def words_of(table: str) -> str:
    """Return who can read rows of a table in one line, for lists and files."""
    able = {one for reader in readers(table) for one in reader.people}
    people = [one for one in _HOLDERS if one in able]
    if programs(table):
        people.append("programs of the school with a key")
    if table in BY_LINK:
        people.append(BY_LINK[table][0])
    return _listed(people) or "Nobody in the portal"


def _grouped(by: Mapping[P, frozenset[str]], table: str) -> list[Reader]:
    found: dict[tuple[str, ...], list[str]] = {}
    for people, held in _HOLDERS.items():
        if may := tuple(one.label for one in P if one in held and table in by[one]):
            found.setdefault(may, []).append(people)
    return [Reader(tuple(people), may) for may, people in found.items()]


def _listed(people: Sequence[str]) -> str:
    text = ", ".join(people)
    return text[:1].upper() + text[1:]
