"""Finds rows of the audit log by its index where the warehouse has one: the rows of `matching`, sooner.

Everything here runs inside the person's scope, which is a part of what the index is asked for.
"""

from __future__ import annotations

from dataclasses import replace

from django.db import connections
from django.db.models import BooleanField, F, Func, Q, QuerySet, TextField, Value
from django.db.models.expressions import RawSQL
from django.db.models.lookups import In

from audit.queries.search import matching, within
from audit.rules.criteria import Criteria, Values
from audit.rules.tokens import Asked, asked_of_the_index
from classwaves_admin.tenancy.scope import schools_in_scope, system_scope
from classwaves_admin.warehouse import log_index
from classwaves_admin.warehouse.log_index import postgresql, sqlite
from classwaves_admin.warehouse.models import AuditLog

WAREHOUSE = "warehouse"


def rows_of(criteria: Criteria) -> QuerySet[AuditLog]:
    """Return all rows of the search, unordered."""
    asked = asked_in_scope(criteria)
    if asked is None:
        return matching(criteria)
    if is_sqlite() and asked_of_the_index(of_any_school(criteria), None) is None:
        return _as_they_happened(criteria)
    if is_sqlite():
        # Of students no other token is asked for: the index would walk through all rows of a school or an event.
        few = _narrowed(Values(students=criteria.wanted.students)) if criteria.wanted.students else None
        return rows_between(criteria, asked, 0, sqlite.LAST_NUMBER) if few is None else matching(criteria).filter(few)
    return _base(criteria, asked).filter(_holds(asked))


def _as_they_happened(criteria: Criteria) -> QuerySet[AuditLog]:
    """Return the rows of a search that nothing but schools narrows: on SQLite.

    All of them are read in the order of time. Asked by the index of schools, SQLite sorts them, and for each portion
    of a file anew: a sign before the column keeps it from that. A search that names schools has few of them.
    """
    schools = schools_in_scope()
    if criteria.wanted.schools or not schools:
        return matching(criteria)
    school = Func(F("school_id"), template="+%(expressions)s", output_field=TextField())
    with system_scope(reason="the same schools are a condition of their own"):
        return matching(criteria).filter(In(school, schools))


def about_student(student_id: str) -> Q | None:
    """Return the condition of rows that name a student or were written for one; None where no index tells.

    It may hold for others too, and says nothing about the scope: whoever asks has both conditions of their own.
    """
    named, acted = (_narrowed(Values(students=(student_id,))), _narrowed(Values(actors=(student_id,))))
    return None if named is None or acted is None else named | acted


def about_session(session_id: str) -> Q | None:
    """Return the condition of rows that name a session, and may of others; None where no index tells."""
    return _narrowed(Values(sessions=(session_id,)))


def _narrowed(wanted: Values) -> Q | None:
    """Return the condition by the index; not of schools, all of whose rows it would walk through."""
    asked = asked_of_the_index(Criteria(wanted=wanted), None) if log_index.is_there(connections[WAREHOUSE]) else None
    if asked is None:
        return None
    return _numbered(asked) if is_sqlite() else Q(_holds(asked))


def _numbered(asked: Asked) -> Q:
    """Return the condition that a row has the tokens: on SQLite, by the numbers of the index."""
    parameters = [sqlite.query(asked.wanted), 0, sqlite.LAST_NUMBER]
    return Q(pk__in=RawSQL(sqlite.IDS, parameters))  # noqa: S611 - our own statement


def rows_between(criteria: Criteria, asked: Asked, first: int, last: int) -> QuerySet[AuditLog]:
    """Return the rows of the search that have a number from `first` to `last`: on SQLite."""
    parameters = [sqlite.query(asked.wanted), first, last]
    return _base(criteria, asked).filter(pk__in=RawSQL(sqlite.IDS, parameters))  # noqa: S611 - our own statement


def asked_in_scope(criteria: Criteria) -> Asked | None:
    """Return what to ask the index for, or None where there is none or columns in their order serve as well."""
    if not log_index.is_there(connections[WAREHOUSE]):
        return None
    schools = schools_in_scope()
    if not is_sqlite():  # PostgreSQL has the rows of a school in order
        return asked_of_the_index(of_any_school(criteria), None)
    one_school = schools is None or len(schools) <= 1
    if one_school and len(criteria.wanted.schools) <= 1 and asked_of_the_index(of_any_school(criteria), None) is None:
        return None
    return asked_of_the_index(criteria, schools)


def of_any_school(criteria: Criteria) -> Criteria:
    """Return the search without the schools that it names."""
    return replace(criteria, wanted=replace(criteria.wanted, schools=()))


def is_sqlite() -> bool:
    """Tell whether the warehouse is the embedded one."""
    return connections[WAREHOUSE].vendor == "sqlite"


def _holds(asked: Asked) -> Func:
    """Return the condition that a row has the tokens: on PostgreSQL, word for word as its index has the function."""
    tokens = Func(*map(F, postgresql.COLUMNS), function=postgresql.FUNCTION, output_field=TextField())
    return Func(
        tokens,
        Value(postgresql.query(asked.wanted)),
        template="(%(expressions)s::tsquery)",
        arg_joiner=" @@ ",
        output_field=BooleanField(),
    )


def _base(criteria: Criteria, asked: Asked) -> QuerySet[AuditLog]:
    return within(criteria) if asked.exact else matching(criteria)
