"""The words for subscriptions, as `subscription_tier` and `subscription_status` hold them."""

from __future__ import annotations

TIERS: tuple[tuple[str, str], ...] = (("free", "Free"), ("premium", "Premium"), ("enterprise", "Enterprise"))
STATUSES: tuple[tuple[str, str], ...] = (("trial", "Trial"), ("active", "Active"), ("suspended", "Suspended"))


def tier_words(stored: str) -> str:
    """Return the words for a stored tier; a word that the portal does not know is shown as it is."""
    return dict(TIERS).get(stored, stored)


def status_words(stored: str) -> str:
    """Return the words for a stored status; a word that the portal does not know is shown as it is."""
    return dict(STATUSES).get(stored, stored)


def with_stored(stored: str, choices: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Return the choices, with what another service wrote where it is none of them."""
    known = not stored or stored in dict(choices)
    return [*choices] if known else [(stored, f"{stored} (as it stands)"), *choices]
