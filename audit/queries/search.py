"""Finds rows of the audit log. Everything here runs inside the person's scope."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from audit.record import within_grant
from audit.rules.criteria import Criteria, Resource, Values, beginning
from classwaves_admin.lib.words import asked, literally, pattern
from classwaves_admin.warehouse.log_index.tokens import in_list, is_listable
from classwaves_admin.warehouse.models import AuditLog

NEWEST_FIRST = ("-event_timestamp", "-id")
PAGE_SIZE = 50
# Beyond this a total says nothing more to a person and costs the warehouse a scan.
MOST_COUNTED = 10_000
# What the list shows; details of 10 kB stay where they are.
LISTED = (
    "actor_id",
    "actor_type",
    "event_type",
    "event_category",
    "event_timestamp",
    "resource_type",
    "resource_id",
    "school_id",
    "description",
    "affected_student_ids",
)


def matching(criteria: Criteria) -> QuerySet[AuditLog]:
    """Return the rows that the search asks for, unordered."""
    rows = within(criteria)
    for condition in _conditions(criteria.wanted):
        rows = rows.filter(condition)
    for words in filter(None, map(asked, criteria.wanted.words)):
        rows = rows.filter(description__regex=pattern(words))
    for condition in _conditions(criteria.unwanted):
        rows = rows.exclude(condition)
    for words in filter(None, map(asked, criteria.unwanted.words)):
        rows = rows.exclude(description__regex=pattern(words))
    return rows


def within(criteria: Criteria) -> QuerySet[AuditLog]:
    """Return the rows of the schools and of the period that are asked for, unordered."""
    rows = AuditLog.objects.order_by()
    if criteria.since:
        rows = rows.filter(event_timestamp__gte=criteria.since)
    if criteria.until:
        rows = rows.filter(event_timestamp__lt=criteria.until)
    if criteria.wanted.schools:
        rows = rows.filter(_any_of("school_id", criteria.wanted.schools, may_go_on=False))
    return rows


def _conditions(values: Values) -> Iterator[Q]:
    """Yield one condition for each kind of values that is set, words excepted: a row holds any of them."""
    columns = {
        "school_id": values.schools,
        "event_category": values.categories,
        "event_type": values.events,
        "actor_id": values.actors,
        "compliance_basis": values.bases,
        "ip_address": values.ips,
        "session_id": values.sessions,
    }
    for column, wanted in columns.items():
        if wanted:
            yield _any_of(column, wanted, may_go_on=column not in ("school_id", "actor_id"))
    if values.resources:
        yield _of(values.resources)
    if values.students:
        yield about_students(values.students)
    if values.grants:
        yield _within(values.grants)


def _any_of(column: str, values: tuple[str, ...], *, may_go_on: bool) -> Q:
    """Return the condition that the column holds one of the values, or begins with one that ends with `*`."""
    beginnings = {value: beginning(value) if may_go_on else None for value in values}
    whole = [value for value, start in beginnings.items() if start is None]
    condition = Q(**{column: whole[0]}) if len(whole) == 1 else Q(**{f"{column}__in": whole}) if whole else Q()
    for start in beginnings.values():
        if start is not None:
            # LIKE by itself takes capitals for small letters on SQLite; a warehouse skips files by it.
            condition |= Q(**{f"{column}__startswith": start, f"{column}__regex": f"^{literally(start)}"})
    return condition


def _of(resources: tuple[Resource, ...]) -> Q:
    condition = Q()
    for resource in resources:
        one = Q(resource_type=resource.type)
        condition |= one & Q(resource_id=resource.id) if resource.id else one
    return condition


def _within(grants: tuple[str, ...]) -> Q:
    """Return the condition for rows that were left within one of the support grants."""
    condition = Q()
    for grant in grants:
        condition |= Q(data_accessed__contains=within_grant(grant))
    return condition


def about_students(students: tuple[str, ...]) -> Q:
    """Return the condition for rows about one of the students, wherever the service wrote the id."""
    about = Q(resource_type="student", resource_id__in=students)
    listable = list(filter(is_listable, students))
    return about | Q(affected_student_ids__regex=in_list(listable)) if listable else about
