"""Which rows of a table are past a day, by the schedule: counted for the change of a policy, and to be destroyed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count as CountOf
from django.db.models import Max, Min, Q, QuerySet

from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.inventory import Retention, table, tables
from classwaves_admin.warehouse.inventory.periods import Periods
from classwaves_admin.warehouse.models import Message, NotificationQueue, Student, Teacher
from consent.models import Guardian
from retention.fates import Rule
from retention.queries.kept import Kept
from retention.rules.changes import AHEAD, Count
from retention.schedule import rule_of

__all__ = ["OfNoSchool", "count_of", "rows_of_school", "rules_of", "with_clock"]


class OfNoSchool(LookupError):
    """A table whose rows belong to the whole installation: a school's policy does not rule it alone."""


def rules_of(kind: Retention) -> Iterator[Rule]:
    """Yield the fates of the tables that a policy of this kind rules."""
    return (rule_of(entry.model) for entry in tables(kind))


def rows_of_school(rule: Rule, school_id: str) -> QuerySet[Any]:
    """Return the rows of a table that belong to a school. Raises OfNoSchool.

    The queue of notifications names persons alone, and so does a message without a session: such a row is of the school
    whose student, guardian or teacher it names.
    """
    rows: QuerySet[Any] = rule.model._default_manager.order_by()
    if rule.model is NotificationQueue:
        families = list(Guardian.objects.filter(school_id=school_id).values_list("pk", flat=True))
        staff = Teacher.objects.filter(school_id=school_id).values("email")
        to = _names_people("user_id", school_id) | Q(user_id__in=families) | Q(recipient_address__in=staff)
        return rows.filter(to)
    if rule.model is Message:
        direct = _names_people("sender_id", school_id) | _names_people("recipient_id", school_id)
        with system_scope(reason="a message without a session is in no school's scope"):
            messages = Message.objects.order_by()
        return messages.filter(Q(session__school_id=school_id) | Q(direct, session_id__isnull=True))
    path = table(rule.model).school
    if not path:
        raise OfNoSchool(rule.name)
    found: QuerySet[Any] = rows.filter(**{path: school_id})
    return found


def _names_people(column: str, school_id: str) -> Q:
    """Return the condition of rows whose column names a student or a teacher of a school."""
    students = Student.objects.filter(school_id=school_id).values("id")
    teachers = Teacher.objects.filter(school_id=school_id).values("id")
    return Q(**{f"{column}__in": students}) | Q(**{f"{column}__in": teachers})


def with_clock(rule: Rule, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return the rows whose days run, with the moment from which they count as `clock`."""
    if rule.clock is None:
        return rows.none()
    found: QuerySet[Any] = rows.filter(rule.clock.when).annotate(clock=rule.clock.expression)
    return found


def count_of(rule: Rule, school_id: str, *, before: Periods, after: Periods, kept: Kept, now: datetime) -> Count:
    """Return what a change of periods means for one table of a school: one query, in the school's scope.

    Raises OfNoSchool.
    """
    rows = with_clock(rule, rows_of_school(rule, school_id))
    stays = [*rule.never_by_age.items(), *kept.reasons(rule)]
    goes = ~Q(*(condition for _, condition in stays), _connector=Q.OR) if stays else Q()
    today = _past(after.delete, now) & goes
    asked: dict[str, Q] = {"already": _past(before.delete, now) & goes}
    for ahead in AHEAD:
        asked[f"delete_{ahead}"] = _past(after.delete, now, ahead) & goes
        if after.archive is not None and after.archive < after.delete:
            asked[f"archive_{ahead}"] = _past(after.archive, now, ahead) & ~_past(after.delete, now, ahead) & goes
    for number, (_, condition) in enumerate(stays):
        asked[f"kept_{number}"] = _past(after.delete, now) & condition
    found = rows.aggregate(
        rows=CountOf("pk"),
        **{name: CountOf("pk", filter=condition) for name, condition in asked.items()},
        oldest=Min("clock", filter=today),
        newest=Max("clock", filter=today),
    )
    still = {reason: found[f"kept_{number}"] for number, (reason, _) in enumerate(stays)}
    due = found["delete_0"]
    return Count(
        table=rule.name,
        rows=found["rows"],
        delete=tuple(found[f"delete_{ahead}"] for ahead in AHEAD),
        archive=tuple(found.get(f"archive_{ahead}", 0) for ahead in AHEAD),
        already=found["already"],
        oldest=found["oldest"].isoformat() if due else "",
        newest=found["newest"].isoformat() if due else "",
        kept={reason: number for reason, number in still.items() if number},
    )


def _past(days: int, now: datetime, ahead: int = 0) -> Q:
    """Return the condition of rows that are past so many days, today or some days ahead."""
    return Q(clock__lte=now - timedelta(days=days - ahead))
