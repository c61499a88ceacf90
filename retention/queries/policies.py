"""The policies of a school as they stand in the catalog, and what holds by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.models import CoppaCompliance, RetentionPolicy
from retention.rules.in_force import InForce, Row, in_force, unknown_kinds
from retention.rules.policies import Around

__all__ = ["Policies", "policies_of"]


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


def policies_of(school_id: str) -> Policies:
    """Return the policies of a school in scope: two warehouse queries."""
    found = RetentionPolicy.objects.filter(school_id=school_id).order_by("updated_at", "id")
    rows = [_row(policy) for policy in found]
    under_13 = CoppaCompliance.objects.filter(school_id=school_id, is_under_13=True).exists()
    return Policies(school_id, in_force(rows, {}, under_13=under_13), under_13, tuple(unknown_kinds(rows)))


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
