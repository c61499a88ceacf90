"""Mints links, and tries codes that people type."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connections, transaction
from django.db.models import F

from classwaves_admin.lib.many_rows import insert_objects
from classwaves_admin.lib.tokens import digits_of, new_code, new_token, same
from classwaves_admin.schools.values import value
from consent.models import Guardian, Invitation, Link
from consent.models.links import Purpose
from consent.queries.links import code_hash, links_for_code, token_hash


@dataclass(frozen=True, slots=True, repr=False)
class Minted:
    """A fresh link: the raw token and code exist here and in the mail alone."""

    link: Link
    token: str
    code: str


def mint(owner: Invitation | Guardian, purpose: Purpose, *, now: datetime) -> Minted:
    """Make one more link: for an invitation, or for a guardian to manage; earlier ones stay good until their end."""
    return mint_all([owner], purpose, now=now)[0]


def mint_all(owners: Sequence[Invitation | Guardian], purpose: Purpose, *, now: datetime) -> list[Minted]:
    """Make one more link for each invitation or guardian, in their order."""
    minted = [_minted(owner, purpose, now) for owner in owners]
    insert_objects(connections["default"], [one.link for one in minted])
    return minted


def _minted(owner: Invitation | Guardian, purpose: Purpose, now: datetime) -> Minted:
    token, code = new_token(), new_code()
    link = Link(
        invitation=owner if isinstance(owner, Invitation) else None,
        guardian=owner if isinstance(owner, Guardian) else None,
        purpose=purpose,
        token_hash=token_hash(token, purpose),
        code_hash=code_hash(code, owner.id, purpose),
        created_at=now,
        expires_at=_ends(owner, purpose, now),
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
            .select_related("invitation__guardian", "guardian")
            .filter(pk__in=[link.pk for link in links_for_code(address, now)])
            .order_by("pk")
        )
        living = [link for link in links if link.attempts < settings.CONSENT_CODE_ATTEMPTS]
        for link in reversed(living):
            purpose = Purpose(link.purpose)
            if same(code_hash(typed, link.owner.id, purpose), link.code_hash):
                return mint(link.owner, purpose, now=now)
        Link.objects.filter(pk__in=[link.pk for link in living]).update(attempts=F("attempts") + 1)
    return None


def end_links_to_manage(*, guardian_ids: Collection[str], now: datetime) -> None:
    """End every link to manage of these guardians: the address has changed hands, or may open nothing any more."""
    Link.objects.filter(guardian_id__in=guardian_ids, used_at=None).update(used_at=now)


def _ends(owner: Invitation | Guardian, purpose: Purpose, now: datetime) -> datetime:
    if isinstance(owner, Guardian):
        length: timedelta = value(owner.school_id, "consent.manage_link").value
        return now + length
    if purpose is Purpose.VERIFY:
        return now + timedelta(days=value(owner.school_id, "consent.verification_days").value)
    return owner.expires_at
