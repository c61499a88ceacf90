"""Mints links, and tries codes that people type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F

from classwaves_admin.lib.tokens import digits_of, new_code, new_token, same
from consent.models import Invitation, Link
from consent.models.links import Purpose
from consent.queries.links import code_hash, links_for_code, token_hash


@dataclass(frozen=True, slots=True, repr=False)
class Minted:
    """A fresh link: the raw token and code exist here and in the mail alone."""

    link: Link
    token: str
    code: str


def mint(invitation: Invitation, purpose: Purpose, *, now: datetime) -> Minted:
    """Make one more link for an invitation; earlier ones stay good until their own end."""
    return mint_all([invitation], purpose, now=now)[0]


def mint_all(invitations: Sequence[Invitation], purpose: Purpose, *, now: datetime) -> list[Minted]:
    """Make one more link for each invitation, in their order."""
    minted = [_minted(invitation, purpose, now) for invitation in invitations]
    Link.objects.bulk_create([one.link for one in minted], batch_size=500)
    return minted


def _minted(invitation: Invitation, purpose: Purpose, now: datetime) -> Minted:
    token, code = new_token(), new_code()
    link = Link(
        invitation=invitation,
        purpose=purpose,
        token_hash=token_hash(token, purpose),
        code_hash=code_hash(code, invitation.id, purpose),
        created_at=now,
        expires_at=_ends(invitation, purpose, now),
    )
    return Minted(link, token, code)


def try_code(*, address: str, code: str, now: datetime) -> Minted | None:
    """Return a fresh link for the right code of an address, or None for anything else.

    A code counts together with the address it was mailed to, and each wrong try counts against every
    code of that address; after `CONSENT_CODE_ATTEMPTS` they are dead, the mailed links are not.
    """
    typed = digits_of(code)
    with transaction.atomic():
        links = list(
            Link.objects.select_for_update(of=("self",))
            .select_related("invitation__guardian")
            .filter(pk__in=[link.pk for link in links_for_code(address, now)])
            .order_by("pk")
        )
        living = [link for link in links if link.attempts < settings.CONSENT_CODE_ATTEMPTS]
        for link in reversed(living):
            purpose = Purpose(link.purpose)
            if same(code_hash(typed, link.invitation_id, purpose), link.code_hash):
                return mint(link.invitation, purpose, now=now)
        Link.objects.filter(pk__in=[link.pk for link in living]).update(attempts=F("attempts") + 1)
    return None


def _ends(invitation: Invitation, purpose: Purpose, now: datetime) -> datetime:
    if purpose is Purpose.ANSWER:
        return invitation.expires_at
    return now + timedelta(days=settings.CONSENT_VERIFICATION_DAYS)
