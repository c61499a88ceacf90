"""Requests that ended without an answer, whose contact may not be kept."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from classwaves_admin.warehouse.models import ParentalConsent
from consent.models import Answer, Guardian, Invitation


def ended_without_answer(now: datetime) -> QuerySet[Invitation]:
    """Return the invitations whose time is over, which nobody answered, and whose contact is still there."""
    return Invitation.objects.filter(
        expires_at__lte=now, answered_at=None, revoked_at=None, contact_deleted_at=None
    ).exclude(guardian__email="")


def silent_guardians(now: datetime) -> QuerySet[Guardian]:
    """Return the guardians who were asked, let the time pass, and have never answered anything.

    A guardian with another request that is open or was answered is not silent.
    """
    ended = ended_without_answer(now).filter(guardian=OuterRef("pk"))
    heard = Invitation.objects.filter(guardian=OuterRef("pk")).filter(
        Q(answered_at__isnull=False) | Q(expires_at__gt=now, revoked_at=None)
    )
    answered = Answer.objects.filter(guardian=OuterRef("pk"))
    return Guardian.objects.filter(Exists(ended)).exclude(Exists(heard)).exclude(Exists(answered)).order_by("pk")


def addresses_on_record(school_id: str, addresses: Collection[str]) -> set[str]:
    """Return those addresses, in lower case, with a consent row of any source: the catalog has other writers.

    `addresses` are at most a few hundred.
    """
    spellings = {spelling for address in addresses for spelling in (address, address.lower())}
    rows = ParentalConsent.objects.filter(school_id=school_id, parent_email__in=spellings)
    return {address.lower() for address in rows.values_list("parent_email", flat=True)}
