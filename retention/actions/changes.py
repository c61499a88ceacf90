"""Changes a retention policy: asked for by one person, counted by a job, made when the numbers have been seen.

Where it would destroy many rows at once a second administrator confirms it. The row of the catalog is written when the
change is made and not before; a row that somebody has changed meanwhile is never written over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from audit.record import Codes, record
from classwaves_admin.jobs import actions as jobs
from classwaves_admin.jobs import kinds
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.actor import Actor
from classwaves_admin.lib.ids import new_id
from classwaves_admin.schools.values import value
from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.models import RetentionPolicy, School
from classwaves_admin.warehouse.outbox import gateway
from retention.models import ChangeState, PolicyChange, SchoolMove, StandardChange
from retention.queries.due import OfNoSchool, count_of, rules_of
from retention.queries.kept import kept_at
from retention.queries.policies import Policies, policies_of
from retention.rules.changes import Count, Terms, days_of_school, needs_second_person
from retention.rules.in_force import InForce, Source

__all__ = [
    "COUNT",
    "Decided",
    "DecidedByDistrict",
    "NotCounted",
    "PolicyMoved",
    "SecondPerson",
    "ask_change",
    "count_portion",
    "counts_of",
    "drop_change",
    "make_change",
    "register",
    "told",
    "write_days",
]

COUNT = "retention.count"


class Decided(Exception):
    """The change was made or dropped already."""


class DecidedByDistrict(Exception):
    """The change is part of a district's, or of the school's move into another one, and is decided with it."""


class NotCounted(Exception):
    """Nobody can have seen the numbers yet."""


class PolicyMoved(Exception):
    """Somebody else has changed the policy since this change was asked for."""


class SecondPerson(Exception):
    """Another administrator has to confirm, not the one who asked."""


def register() -> None:
    """Register the job that counts. Called once, when Django starts."""
    kinds.register(COUNT, count_portion, reason="rows of one school", title="Counting what a policy would do")


def ask_change(
    *,
    held: InForce,
    school_id: str,
    terms: Terms,
    reason: str,
    by: Actor,
    now: datetime,
    of_district: StandardChange | None = None,
    of_move: SchoolMove | None = None,
) -> PolicyChange:
    """Ask for a change of a policy and start to count what it would do. Nothing changes yet."""
    with transaction.atomic():
        change = PolicyChange.objects.create(
            school_id=school_id,
            policy_type=held.kind.value,
            before=Terms.of(held).as_json(),
            after=terms.as_json(),
            reason=reason,
            asked_by=by.id,
            asked_at=now,
            of_district=of_district,
            of_move=of_move,
            **_seen(held),
        )
        total = sum(1 for _ in rules_of(held.kind))
        jobs.start(kind=COUNT, subject_id=change.id, school_id=school_id, total=total, by=by, now=now)
    return change


def count_portion(*, job: Job, now: datetime) -> kinds.Progress:
    """Count one more table; nothing is counted twice."""
    change = PolicyChange.objects.get(pk=job.subject_id)
    rules = list(rules_of(Retention(change.policy_type)))
    left = [rule for rule in rules if rule.name not in change.numbers]
    if left:
        before, after = Terms.from_json(change.before).periods, Terms.from_json(change.after).periods
        try:
            kept = kept_at(change.school_id)
            count = count_of(left[0], change.school_id, before=before, after=after, kept=kept, now=change.asked_at)
            change.numbers[left[0].name] = asdict(count)
        except OfNoSchool:
            change.numbers[left[0].name] = None
        if len(left) == 1:
            change.counted_at = now
        change.save(update_fields=["numbers", "counted_at"])
    done = len(change.numbers)
    return kinds.Progress(done, len(rules), finished=done >= len(rules))


def counts_of(change: PolicyChange) -> tuple[Count, ...]:
    """Return the numbers of a change by table; tables of the whole installation have none."""
    found = (numbers for numbers in change.numbers.values() if numbers)
    return tuple(Count(**{**one, "delete": tuple(one["delete"]), "archive": tuple(one["archive"])}) for one in found)


def make_change(*, change: PolicyChange, by: Actor, now: datetime) -> None:
    """Make a change whose numbers were seen: the row of the catalog, the school's number of days, the audit event.

    Raises Decided, DecidedByDistrict, NotCounted, SecondPerson, and PolicyMoved, with nothing written.
    """
    with transaction.atomic():
        change = _open(change)
        if change.counted_at is None:
            raise NotCounted("The numbers are not there yet.")
        before, after = Terms.from_json(change.before), Terms.from_json(change.after)
        most = value(change.school_id, "retention.second_person_rows").value
        if by.id == change.asked_by and needs_second_person(before, after, counts_of(change), most):
            raise SecondPerson("Another administrator confirms this change.")
        policies = policies_of(change.school_id)
        held = policies.held[Retention(change.policy_type)]
        if held.is_locked or _has_moved(change, held):
            raise PolicyMoved("The policy has changed meanwhile.")
        _write(change, policies, held, after, now)
        _decide(change, ChangeState.MADE, by, now)
        record(
            "retention.policy_changed",
            by=by,
            school_id=change.school_id,
            resource=("retention_policy", change.policy_type),
            data=told(change),
            at=now,
        )


def drop_change(*, change: PolicyChange, by: Actor, now: datetime) -> None:
    """Drop a change that nobody wants to make; the policy stays as it is. Raises Decided and DecidedByDistrict."""
    with transaction.atomic():
        _decide(_open(change), ChangeState.DROPPED, by, now)


def _open(change: PolicyChange) -> PolicyChange:
    found = PolicyChange.objects.select_for_update().get(pk=change.pk)
    if found.state != ChangeState.OPEN:
        raise Decided("The change was decided already.")
    if found.is_part:
        raise DecidedByDistrict("The change is decided with a larger one.")
    return found


def _decide(change: PolicyChange, state: ChangeState, by: Actor, now: datetime) -> None:
    change.state, change.decided_by, change.decided_at = state, by.id, now
    change.save(update_fields=["state", "decided_by", "decided_at"])


def _seen(held: InForce) -> dict[str, str]:
    """Return what names the row of a policy as it stands: another writer changes `updated_at`, or makes another row."""
    row = held.row
    return {"row_id": row.id if row else "", "row_seen": row.updated_at.isoformat() if row else ""}


def _has_moved(change: PolicyChange, held: InForce) -> bool:
    """Tell whether the policy is another one by now: in the catalog, or on its way there."""
    seen = {"row_id": change.row_id, "row_seen": change.row_seen}
    same = PolicyChange.objects.filter(school_id=change.school_id, policy_type=change.policy_type)
    return seen != _seen(held) or same.filter(state=ChangeState.MADE, decided_at__gt=change.asked_at).exists()


def _write(change: PolicyChange, policies: Policies, held: InForce, after: Terms, now: datetime) -> None:
    values: dict[str, Any] = {
        "archive_after_days": after.periods.archive,
        "retention_days": after.periods.retain,
        "delete_after_days": after.periods.delete,
        "legal_basis": after.basis,
        "auto_delete_enabled": after.auto_delete,
        "updated_at": now,
    }
    if held.row:
        gateway.update(RetentionPolicy, held.row.id, **values)
        doubled = RetentionPolicy.objects.filter(school_id=change.school_id, policy_type=change.policy_type)
        for other in doubled.exclude(pk=held.row.id).values_list("pk", flat=True):
            gateway.delete(RetentionPolicy, other)
    else:
        new = {"id": new_id(), "school_id": change.school_id, "policy_type": change.policy_type, "created_at": now}
        gateway.insert(RetentionPolicy(**new, **values))
    made = InForce(held.kind, after.periods, after.basis, after.auto_delete, Source.SCHOOL, (), None)
    write_days({change.school_id: {**policies.held, held.kind: made}}, now)


def write_days(held: Mapping[str, Mapping[Retention, InForce]], now: datetime) -> None:
    """Write the number of days of schools for which these policies hold, where it is another: one warehouse query."""
    known = School.objects.filter(pk__in=list(held)).values_list("pk", "data_retention_days")
    for school_id, days in known:
        new = days_of_school(held[school_id])
        if days != new:
            gateway.update(School, school_id, data_retention_days=new, updated_at=now)


def told(change: PolicyChange) -> Codes:
    """Return what the log says of a change: numbers and codes; the reason, a person's own words, stays here."""
    before, after = Terms.from_json(change.before), Terms.from_json(change.after)

    def days(terms: Terms) -> dict[str, int]:
        return {name: value for name, value in asdict(terms.periods).items() if value is not None}

    return {
        "change": change.id,
        "before": days(before),
        "after": days(after),
        "auto_delete": after.auto_delete,
        "asked_by": change.asked_by,
        "rows_past_their_end": sum(count.delete[0] for count in counts_of(change)),
    }
