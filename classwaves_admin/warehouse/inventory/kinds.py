"""The words of the data inventory: what a column holds, how long a table stays, whom a row is about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import Q

from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models._base import CatalogModel


class Privacy(StrEnum):
    """What a column holds. Where it can hold more than one kind, it carries the first that fits.

    - `voice`: a child's voice or its words: where a recording lies, what a transcript says, phrases from it,
      written messages (a child's own words in writing).
    - `student_pii`: names, contacts, singles out or follows one student: name, address, account, birth year,
      device, and every identifier that can be a student's (16 CFR 312.2, 34 CFR 99.3), even where staff use it too.
    - `guardian_pii`: names or contacts a parent or guardian, and the traces that their answer left (address of the
      device, browser, hash of the link).
    - `staff_pii`: names, contacts or follows a teacher or another member of staff.
    - `derived`: worked out by software from what children said or did: scores, metrics, AI results, advice.
    - `education_record`: facts that the school keeps about a student or their lessons (34 CFR 99.3): grade,
      attendance, consent answers and flags, rights, audit trail.
    - `operational`: needed to run the service and silent about any one student: row ids, states, times, settings.
    - `public`: may be printed in a brochure: a school's name, its web domain, the wording of a template.
    """

    VOICE = "voice"
    STUDENT_PII = "student_pii"
    GUARDIAN_PII = "guardian_pii"
    STAFF_PII = "staff_pii"
    DERIVED = "derived"
    EDUCATION_RECORD = "education_record"
    OPERATIONAL = "operational"
    PUBLIC = "public"


class Retention(StrEnum):
    """The values of `compliance.retention_policies.policy_type`: which period rules a table (16 CFR 312.10)."""

    AUDIO_RECORDINGS = "audio_recordings"
    TRANSCRIPTS = "transcripts"
    AI_ANALYSES = "ai_analyses"
    METRICS = "metrics"
    SESSION_RECORDS = "session_records"
    MESSAGES = "messages"
    NOTIFICATIONS = "notifications"
    AUDIT_LOG = "audit_log"
    CONSENT_RECORDS = "consent_records"
    COPPA_RECORDS = "coppa_records"
    OPERATIONS = "operations"


class Subject(StrEnum):
    """What of a student a column names; a copy or a deletion collects these first.

    `participant` is the id of a part the student took in a session, `session` and `group` are the ids of those that
    the student took part in, `guardian_address` is the address of a parent.
    """

    STUDENT = "student"
    PARTICIPANT = "participant"
    GROUP = "group"
    SESSION = "session"
    GUARDIAN_ADDRESS = "guardian_address"


@dataclass(frozen=True, slots=True)
class Link:
    """One way from a row to a student: `lookup` (an ORM path from the table) names a `subject`.

    `alone` says that the row is about that one student; otherwise other children share it, and a copy
    for a parent must leave it out or blank the others. `when` limits the link to rows with these values.
    `json_list` says that the column holds a JSON list of ids rather than one id.
    """

    lookup: str
    subject: Subject
    alone: bool = True
    when: Mapping[str, str] = field(default_factory=dict)
    json_list: bool = False

    def rows(self, model: type[CatalogModel], values: Iterable[str]) -> Q:
        """Return the condition for the rows of the table that this link ties to any of the subject's `values`."""
        limit = Q(**self.when)
        if not self.json_list:
            return limit & _names_any_of(model, self.lookup, list(values))
        any_of = Q(pk__in=[])
        for value in values:
            any_of |= Q(**{f"{self.lookup}__contains": json.dumps(value)})
        return limit & any_of


def _names_any_of(model: type[CatalogModel], lookup: str, values: list[str]) -> Q:
    """Return the condition that a column, or the row that a relation leads to, holds one of the values.

    By the ids of such rows, not by a join: with a second way beside it, a join reads the whole table.
    """
    relation, _, column = lookup.rpartition("__")
    if not relation:
        return Q(**{f"{lookup}__in": values})
    name, parent = model.reference(relation)
    with system_scope(reason="whoever asks has the scope of their own rows"):
        named = parent._default_manager.filter(**{f"{column}__in": values}).order_by().values("pk")
    return Q(**{f"{name}__in": named})


@dataclass(frozen=True, slots=True)
class Table:
    """What the inventory says of one table.

    `columns` gives each class the names of its columns, in one text. A table without a retention category,
    without a path to a student or without a path to a school says why in the matching `no_…` text.
    """

    model: type[CatalogModel]
    columns: Mapping[Privacy, str]
    retention: Retention | None = None
    no_retention: str = ""
    students: tuple[Link, ...] = ()
    no_students: str = ""
    school: str = ""
    no_school: str = ""

    @property
    def name(self) -> str:
        """Return `schema.table`."""
        return self.model._meta.db_table

    @property
    def privacy(self) -> dict[str, Privacy]:
        """Return the class of every declared column."""
        return {column: privacy for privacy, names in self.columns.items() for column in names.split()}
