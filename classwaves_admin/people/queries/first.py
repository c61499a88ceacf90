"""What the catalog says of a district that has no administrator yet: its mail domains, and whom to tell."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from classwaves_admin.people.rules.first import belongs, domains_among
from classwaves_admin.schools.queries import schools_of_district
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import District, School

__all__ = ["Known", "known_of"]


@dataclass(frozen=True, slots=True)
class Known:
    """A district's mail domains, the address of its office, and the addresses of its offices, its schools' too."""

    domains: frozenset[str]
    contact: str
    offices: tuple[str, ...]

    def belongs(self, address: str) -> bool:
        """Tell whether an address is known to belong to the district."""
        return belongs(address, domains=self.domains, contact=self.contact)


def known_of(district_id: str) -> Known:
    """Return what is known of a district: three warehouse queries."""
    schools = schools_of_district(district_id)
    with system_scope(reason="who looks after a district is told to its schools"):
        rows = list(School.objects.filter(pk__in=schools).order_by("name", "id").values_list("domain", "admin_email"))
        contact = District.objects.filter(pk=district_id).values_list("contact_email", flat=True).first() or ""
    offices = dict.fromkeys(address.strip().lower() for address in (contact, *(email or "" for _, email in rows)))
    return Known(domains_among([domain for domain, _ in rows], contact), contact, tuple(filter(_is_address, offices)))


def _is_address(text: str) -> bool:
    """Tell whether a mail can go there: other services write these columns, too."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True
