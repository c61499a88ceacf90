"""Defaults and locks of districts: what they say, where they hold, how they came about."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from classwaves_admin.lib import keyset
from classwaves_admin.schools.queries import districts_of
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.inventory import Retention
from retention.models import ChangeState, DistrictStandard, StandardChange
from retention.rules.in_force import Standard

__all__ = ["Standards", "history_page", "open_changes", "set_by", "standards_at", "standards_of"]

Standards = Mapping[Retention, Standard]
PAGE_SIZE = 50


def standards_of(district_id: str) -> dict[Retention, DistrictStandard]:
    """Return the rows of what a district has set, by kind."""
    return {Retention(one.policy_type): one for one in DistrictStandard.objects.filter(district_id=district_id)}


def set_by(district_id: str) -> dict[Retention, Standard]:
    """Return what a district has set, by kind, for whoever may look at the district."""
    with system_scope(reason="what a district has set binds its schools"):
        return {kind: Standard.from_json(one.says) for kind, one in standards_of(district_id).items()}


def standards_at(school_ids: Collection[str]) -> dict[str, Standards]:
    """Return what districts have set for these schools; schools without any are left out.

    A standard holds in the schools of the district, whoever looks. No warehouse query where no district has set
    anything, else at most one, none for what is remembered.
    """
    with system_scope(reason="a district's standards hold in its schools"):
        found: dict[str, dict[Retention, Standard]] = {}
        for one in DistrictStandard.objects.all():
            found.setdefault(one.district_id, {})[Retention(one.policy_type)] = Standard.from_json(one.says)
    districts = districts_of(school_ids) if found else {}
    return {school_id: found[district] for school_id, district in districts.items() if district in found}


def open_changes(district_id: str) -> list[StandardChange]:
    """Return the changes that nobody has decided, oldest first."""
    with system_scope(reason="what a district would set binds its schools"):
        rows = StandardChange.objects.filter(district_id=district_id, state=ChangeState.OPEN)
        return list(rows.order_by("asked_at", "id"))


def history_page(district_id: str, cursor: str) -> keyset.Page[StandardChange]:
    """Return a page of what was asked of a district's standards, newest first. Raises BadCursor."""
    with system_scope(reason="what a district has set binds its schools"):
        rows = StandardChange.objects.filter(district_id=district_id)
        return keyset.page(rows, order=("-asked_at", "-id"), size=PAGE_SIZE, cursor=cursor)
