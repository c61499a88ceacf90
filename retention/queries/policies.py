"""The policies of a school as they stand in the catalog, and what holds by them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.models import CoppaCompliance, RetentionPolicy
from consent.notices.kept import Stated
from retention.queries.standards import Standards, set_by, standards_at
from retention.rules.changes import days_of_school
from retention.rules.in_force import InForce, Row, Source, in_force, unknown_kinds
from retention.rules.policies import Around

__all__ = ["AsRead", "Policies", "days_of_schools", "days_under", "policies_of", "policy_rows", "read_policies"]


@dataclass(frozen=True, slots=True)
class Policies:
    """What holds at one school. `unknown` are rows of kinds that the portal does not know."""

    school_id: str
    held: Mapping[Retention, InForce]
    under_13: bool
    unknown: tuple[Row, ...]

    @property
    def around(self) -> Around:
        """Return what stands beside a policy when it is changed."""
        return Around(self.under_13, {kind: one.periods for kind, one in self.held.items()})


@dataclass(frozen=True, slots=True)
class AsRead:
    """What the catalog says of one school: the rows of its policies, and whether it has children under 13."""

    school_id: str
    rows: tuple[Row, ...]
    under_13: bool

    def under(self, standards: Standards) -> Policies:
        """Return what holds with these standards of the district."""
        held = in_force(self.rows, standards, under_13=self.under_13)
        return Policies(self.school_id, held, self.under_13, tuple(unknown_kinds(self.rows)))


def policies_of(school_id: str) -> Policies:
    """Return the policies of a school in scope: two warehouse queries, one more to learn its district now and then."""
    return read_policies([school_id])[school_id].under(standards_at([school_id]).get(school_id, {}))


def read_policies(school_ids: Collection[str]) -> dict[str, AsRead]:
    """Return what the catalog says of these schools in scope: two warehouse queries."""
    rows = policy_rows(school_ids)
    children = CoppaCompliance.objects.filter(school_id__in=school_ids, is_under_13=True).order_by()
    young = set(children.values_list("school_id", flat=True).distinct())
    return {one: AsRead(one, rows[one], one in young) for one in school_ids}


def policy_rows(school_ids: Collection[str]) -> dict[str, tuple[Row, ...]]:
    """Return the policies of these schools in scope as they stand in the catalog: one warehouse query."""
    rows: dict[str, list[Row]] = {one: [] for one in school_ids}
    for policy in RetentionPolicy.objects.filter(school_id__in=school_ids).order_by("updated_at", "id"):
        rows[policy.school_id].append(_row(policy))
    return {one: tuple(found) for one, found in rows.items()}


def days_of_new_school(district_id: str) -> int:
    """Return what `users.schools.data_retention_days` says of a new school of a district. No warehouse query."""
    return days_of_school(AsRead("", (), under_13=False).under(set_by(district_id)).held)


def days_of_schools(stated: Mapping[str, Stated]) -> dict[str, dict[str, int]]:
    """Return for how many days schools keep each kind of data, for notices to parents: no query for their policies."""
    return days_under(stated, standards_at(list(stated)))


def days_under(stated: Mapping[str, Stated], standards: Mapping[str, Standards]) -> dict[str, dict[str, int]]:
    """Return the same with what districts have set for the schools, by the school's id: no query at all.

    0 where the school's own row is no period that can hold: somebody mends it before parents are told another.
    """
    found = {}
    for school_id, one in stated.items():
        read = AsRead(school_id, tuple(map(_row, one.policies)), one.under_13)
        held = read.under(standards.get(school_id, {})).held
        found[school_id] = {kind.value: _told(each) for kind, each in held.items()}
    return found


def _told(held: InForce) -> int:
    is_unreadable = held.row is not None and held.source in {Source.DISTRICT, Source.DEFAULT}
    return 0 if is_unreadable else held.periods.delete


def _row(policy: RetentionPolicy) -> Row:
    return Row(
        policy.id,
        policy.policy_type,
        policy.archive_after_days,
        policy.retention_days,
        policy.delete_after_days,
        policy.legal_basis,
        policy.auto_delete_enabled,
        policy.updated_at,
    )
