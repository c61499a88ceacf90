"""Whether the address of a district's first administrator is known to belong there. Pure.

The others of a district get a mail when ClassWaves invites somebody. The first one has no others, and sees every
student of the district from then on.
"""

from __future__ import annotations

from collections.abc import Collection

from classwaves_admin.schools.mail_domains import domain_of, is_for_everybody

__all__ = ["belongs", "domains_among"]


def domains_among(school_domains: Collection[str | None], contact: str | None) -> frozenset[str]:
    """Return the mail domains of a district: those of its schools and of its own office, those of everybody aside."""
    named = {(domain or "").strip().lower().removeprefix("@") for domain in school_domains}
    named.add(domain_of(contact or ""))
    return frozenset(domain for domain in named if domain and not is_for_everybody(domain))


def belongs(address: str, *, domains: Collection[str], contact: str | None) -> bool:
    """Tell whether an address is at one of the district's domains, or is that of its office itself."""
    typed = address.strip().lower()
    return domain_of(typed) in domains or (bool(typed) and typed == (contact or "").strip().lower())
