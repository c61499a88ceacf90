"""Changes a district's default for one kind of data: counted school by school, made when the numbers have been seen.

No row of the catalog changes: a school's own row stays as its writer left it, and what holds beside it is said by
`rules/in_force.py`. Each school that would keep data for another time has its part of the change, with its own numbers.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from audit.record import Codes, record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.schools.queries import schools_of_district
from classwaves_admin.schools.values import values
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.inventory import Retention
from retention.actions.changes import (
    Decided,
    NotCounted,
    PolicyMoved,
    SecondPerson,
    ask_change,
    counts_of,
    told,
    write_days,
)
from retention.models import ChangeState, DistrictStandard, PolicyChange, StandardChange
from retention.queries.policies import Policies, read_policies
from retention.queries.standards import standards_of
from retention.rules.changes import Terms, needs_reason, rows_at_once
from retention.rules.in_force import Standard

__all__ = ["ask_standard", "drop_standard", "make_standard", "needs_second", "parts_of"]


def ask_standard(
    *, district_id: str, kind: Retention, standard: Standard, reason: str, by: Actor, now: datetime
) -> StandardChange:
    """Ask for a change of a district's default and start to count what it means in each school. Nothing changes yet."""
    with system_scope(reason="a district's standards hold in its schools"), transaction.atomic():
        set_now = standards_of(district_id).get(kind)
        change = StandardChange.objects.create(
            district_id=district_id,
            policy_type=kind.value,
            before=set_now.says if set_now else None,
            after=standard.as_json(),
            seen=set_now.updated_at if set_now else None,
            reason=reason,
            asked_by=by.id,
            asked_at=now,
        )
        for before, after in _schools(district_id, kind, standard):
            if _terms(before, kind) != _terms(after, kind):
                ask_change(
                    held=before.held[kind],
                    school_id=before.school_id,
                    terms=_terms(after, kind),
                    reason=reason,
                    by=by,
                    now=now,
                    of_district=change,
                )
    return change


def parts_of(change: StandardChange) -> list[PolicyChange]:
    """Return what the change means for each school, whatever the scope."""
    with system_scope(reason="a district's change is counted for all its schools"):
        return list(PolicyChange.objects.filter(of_district=change).order_by("school_id"))


def needs_second(parts: list[PolicyChange]) -> bool:
    """Tell whether another administrator has to confirm: too many rows would be past their end at once, in all."""
    sooner = [one for one in parts if needs_reason(Terms.from_json(one.before), Terms.from_json(one.after))]
    rows = sum(rows_at_once(counts_of(one)) for one in sooner)
    most = values({one.school_id for one in parts}, "retention.second_person_rows")
    return rows > min((one.value for one in most.values()), default=0)


def make_standard(*, change: StandardChange, by: Actor, now: datetime) -> None:
    """Make a change whose numbers were seen: the standard, the schools' numbers of days, an event for each school.

    Raises Decided, NotCounted, SecondPerson, and PolicyMoved, with nothing written.
    """
    with system_scope(reason="a district's standards hold in its schools"), transaction.atomic():
        change = _open(change)
        parts = parts_of(change)
        if any(one.counted_at is None for one in parts):
            raise NotCounted("The numbers are not there yet.")
        if by.id == change.asked_by and needs_second(parts):
            raise SecondPerson("Another administrator confirms this change.")
        kind, standard = Retention(change.policy_type), Standard.from_json(change.after)
        set_now = DistrictStandard.objects.select_for_update().filter(
            district_id=change.district_id, policy_type=change.policy_type
        )
        schools = _schools(change.district_id, kind, standard)
        if [one.updated_at for one in set_now] != ([change.seen] if change.seen else []):
            raise PolicyMoved("The district's default has changed meanwhile.")
        if _have_moved(change, parts, schools):
            raise PolicyMoved("A school's policy has changed meanwhile.")
        DistrictStandard.objects.update_or_create(
            district_id=change.district_id,
            policy_type=change.policy_type,
            defaults={"says": change.after, "updated_at": now},
        )
        _decide(change, ChangeState.MADE, by, now)
        changed = {one.school_id for one in parts}
        write_days({after.school_id: after.held for _, after in schools if after.school_id in changed}, now)
        _record(change, parts, by, now)


def drop_standard(*, change: StandardChange, by: Actor, now: datetime) -> None:
    """Drop a change that nobody wants to make. Raises Decided."""
    with system_scope(reason="a district's change is dropped for all its schools"), transaction.atomic():
        _decide(_open(change), ChangeState.DROPPED, by, now)


def _schools(district_id: str, kind: Retention, standard: Standard) -> list[tuple[Policies, Policies]]:
    """Return the policies of each school of the district as they are, and with the standard: three queries."""
    now_set = {each: Standard.from_json(one.says) for each, one in standards_of(district_id).items()}
    read = read_policies(schools_of_district(district_id))
    return [(one.under(now_set), one.under({**now_set, kind: standard})) for one in read.values()]


def _terms(policies: Policies, kind: Retention) -> Terms:
    return Terms.of(policies.held[kind])


def _have_moved(change: StandardChange, parts: list[PolicyChange], schools: list[tuple[Policies, Policies]]) -> bool:
    """Tell whether the change means something else by now: in the catalog, or by what is on its way there."""
    kind = Retention(change.policy_type)
    means = {old.school_id: (_terms(old, kind), _terms(new, kind)) for old, new in schools}
    differ = {school_id: pair for school_id, pair in means.items() if pair[0] != pair[1]}
    seen = {one.school_id: (Terms.from_json(one.before), Terms.from_json(one.after)) for one in parts}
    made = PolicyChange.objects.filter(school_id__in=list(means), policy_type=kind.value, state=ChangeState.MADE)
    return seen != differ or made.filter(decided_at__gt=change.asked_at).exists()


def _open(change: StandardChange) -> StandardChange:
    found = StandardChange.objects.select_for_update().get(pk=change.pk)
    if found.state != ChangeState.OPEN:
        raise Decided("The change was decided already.")
    return found


def _decide(change: StandardChange, state: ChangeState, by: Actor, now: datetime) -> None:
    decided = {"state": state, "decided_by": by.id, "decided_at": now}
    StandardChange.objects.filter(pk=change.pk).update(**decided)
    PolicyChange.objects.filter(of_district=change).update(**decided)


def _record(change: StandardChange, parts: list[PolicyChange], by: Actor, now: datetime) -> None:
    """Leave an event in each school that keeps data for another time; one of no school where none does."""
    of_all: Codes = {
        "district": change.district_id,
        "district_change": change.id,
        "locked": Standard.from_json(change.after).locked,
        "schools": len(parts),
    }
    event, resource = "retention.policy_changed", ("retention_policy", change.policy_type)
    for one in parts:
        record(event, by=by, school_id=one.school_id, resource=resource, data={**told(one), **of_all}, at=now)
    if not parts:
        record(event, by=by, school_id=None, resource=resource, data=of_all, at=now)
