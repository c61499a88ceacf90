"""Mail domains: which of them tell a school's people from others."""

from __future__ import annotations

__all__ = ["domain_of", "is_for_everybody"]

# Anybody can have an address there, so none of them tells a school's people from others.
_FOR_EVERYBODY = frozenset({
    "aol.com", "att.net", "comcast.net", "gmail.com", "gmx.com", "gmx.net", "googlemail.com", "hotmail.com",
    "icloud.com", "live.com", "mac.com", "mail.com", "me.com", "msn.com", "outlook.com", "proton.me",
    "protonmail.com", "sbcglobal.net", "verizon.net", "yahoo.com", "yandex.com", "ymail.com", "zoho.com",
})  # fmt: skip


def domain_of(address: str) -> str:
    """Return what stands behind the @ of an address, in small letters; empty where there is none."""
    return address.strip().lower().rpartition("@")[2] if "@" in address else ""


def is_for_everybody(domain: str) -> bool:
    """Tell whether anybody can have an address at this domain."""
    return domain in _FOR_EVERYBODY
