"""Names the one who acts for the audit log, from a request."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

from classwaves_admin.accounts.access import Access
from classwaves_admin.accounts.roles import Role
from classwaves_admin.lib.actor import Actor, ActorType

ANONYMOUS = "anonymous"
TYPES = {Role.TEACHER: ActorType.TEACHER, Role.AUDITOR: ActorType.AUDITOR}


def client_ip(request: HttpRequest) -> str | None:
    """Return the client's address, past as many proxies as `TRUSTED_PROXIES` says; None if unreadable."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        address = hops[-settings.TRUSTED_PROXIES] if len(hops) >= settings.TRUSTED_PROXIES else address
    try:
        return str(ip_address(address))
    except ValueError:
        return None


def actor_of(request: HttpRequest, access: Access) -> Actor:
    """Return the actor: the row of `users.teachers` where there is one, so that all services agree."""
    ip, agent = client_ip(request), request.META.get("HTTP_USER_AGENT")
    if not request.user.is_authenticated:
        return Actor(ANONYMOUS, ActorType.SYSTEM, ip, agent)
    kind = TYPES.get(access.role, ActorType.ADMIN) if access.role else ActorType.ADMIN
    grant = access.support.grant_id if access.support else ""
    return Actor(access.teacher_id or str(request.user.pk), kind, ip, agent, grant)
