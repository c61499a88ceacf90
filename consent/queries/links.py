"""Finds the link behind a token, and the links that a typed code may belong to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db.models import F, Q

from classwaves_admin.lib.tokens import keyed_hash
from consent.models import Invitation, Link
from consent.models.links import Purpose

_LINKS = Link.objects.select_related("invitation__guardian", "guardian")


class LinkState(StrEnum):
    """What a token is worth at the moment."""

    ALIVE = "alive"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


def token_hash(token: str, purpose: Purpose) -> str:
    """Return the hash under which a token is kept."""
    return keyed_hash(token, key=settings.TOKEN_KEY, purpose=f"token-{purpose.value}")


def code_hash(code: str, owner_id: str, purpose: Purpose) -> str:
    """Return the hash under which a code is kept: bound to what it was made for, so that equal codes differ."""
    return keyed_hash(code, key=settings.TOKEN_KEY, purpose=f"code-{purpose.value}-{owner_id}")


def find_link(token: str, purpose: Purpose) -> Link | None:
    """Return the link of a token with its invitation and guardian, or None for a token that is not ours."""
    return _LINKS.filter(token_hash=token_hash(token, purpose), purpose=purpose).first()


def state_of_link(link: Link | None, now: datetime) -> LinkState:
    """Return what a link is worth. A guardian under a court order opens no page."""
    if link is None:
        return LinkState.UNKNOWN
    if link.mailed_to.restricted_at or (link.invitation and link.invitation.revoked_at):
        return LinkState.REVOKED
    if link.purpose == Purpose.MANAGE:  # good as often as it is needed, and ended with a changed address
        if link.used_at:
            return LinkState.REVOKED
    elif link.used_at or _done(link.purpose, link.request):
        return LinkState.USED
    return LinkState.EXPIRED if link.expires_at <= now else LinkState.ALIVE


def _done(purpose: str, invitation: Invitation) -> bool:
    return bool(invitation.answered_at if purpose == Purpose.ANSWER else invitation.verified_at)


def links_for_code(address: str, now: datetime) -> list[Link]:
    """Return the living links mailed to an address whose code may still be tried, newest first."""
    typed = address.strip()
    links = _LINKS.filter(
        Q(
            invitation__guardian__email__iexact=typed,
            invitation__guardian__restricted_at=None,
            invitation__revoked_at=None,
        )
        | Q(guardian__email__iexact=typed, guardian__restricted_at=None),
        ~Q(purpose=Purpose.STOP),
        used_at=None,
        expires_at__gt=now,
        attempts__lt=settings.CONSENT_CODE_ATTEMPTS,
    ).order_by(F("created_at").desc())[:20]
    return [link for link in links if state_of_link(link, now) is LinkState.ALIVE]
