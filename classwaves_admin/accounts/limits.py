"""Slows down whoever tries again and again without having shown who they are."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from classwaves_admin.accounts.actors import client_ip
from classwaves_admin.lib.tokens import keyed_hash


def too_often(request: HttpRequest, what: str, *, limit: int, seconds: int) -> bool:
    """Count a try from this network and tell whether it is one too many in the time.

    Each web process counts on its own, so this slows guessing down; what stops it is the length of the
    secret, or the attempts counted with each code. The address itself is not kept, only a keyed hash.
    """
    key = keyed_hash(_network(client_ip(request)), key=settings.TOKEN_KEY, purpose=f"rate-{what}")
    cache.add(key, 0, seconds)
    try:
        return int(cache.incr(key)) > limit
    except ValueError:  # the entry ran out between the two calls
        return False


def _network(address: str | None) -> str:
    """Return what one household or company has to itself: an IPv4 address, the first 64 bits of an IPv6 one."""
    if address is None:
        return ""
    one = ip_address(address)
    if isinstance(one, IPv6Address):
        return str(one.ipv4_mapped or ip_network((one, 64), strict=False))
    return str(one)
