"""Whom a change of the mail domains shuts out: counted before it is saved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from classwaves_admin.accounts.access import ACTIVE, STAFF_ROLES
from classwaves_admin.accounts.sign_in import admits
from classwaves_admin.schools.settings_registry import SETTINGS
from classwaves_admin.schools.values import OfDistrict, in_force, set_by_district, stored_by
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import Teacher

__all__ = ["DOMAINS", "shut_out", "shut_out_by_district"]

DOMAINS = "sign_in.domains"
# The mail domains before a change, and after it.
Change = tuple[Collection[str], Collection[str]]


def shut_out(changes: Mapping[str, Change]) -> int:
    """Return how many active people of schools can no longer sign in for them. One warehouse query, or none.

    `changes` are the domains of each school; no domains stand for all.
    """
    schools = [school_id for school_id, (_, after) in changes.items() if after]
    if not schools:
        return 0
    with system_scope(reason="how many people a change reaches names nobody"):
        staff = Teacher.objects.filter(school_id__in=schools, status=ACTIVE, role__in=sorted(STAFF_ROLES))
        return len(set(_outside(staff.values_list("school_id", "email"), changes)))


def shut_out_by_district(district_id: str, schools: Collection[str], after: OfDistrict | None) -> int:
    """Return how many people of these schools can no longer sign in once the district says `after`."""
    setting, before = SETTINGS[DOMAINS], set_by_district([district_id]).get(district_id, {}).get(DOMAINS)
    own = {school_id: stored.get(DOMAINS) for school_id, stored in stored_by(schools).items()}
    return shut_out(
        {
            school_id: (in_force(setting, mine, before).value, in_force(setting, mine, after).value)
            for school_id, mine in own.items()
        }
    )


def _outside(staff: Iterable[tuple[str, str]], changes: Mapping[str, Change]) -> Iterable[str]:
    for school_id, email in staff:
        before, after = changes[school_id]
        if admits(before, email) and not admits(after, email):
            yield email.strip().lower()
