"""Guardians whom no mail reaches."""

from __future__ import annotations

from django.db.models import QuerySet

from consent.models import Guardian


def bounced_guardians() -> QuerySet[Guardian]:
    """Return the guardians in scope whose mail comes back and whom the school could still write to, oldest first."""
    stopped = Guardian.objects.filter(bounced_at__isnull=False, restricted_at=None)
    return stopped.order_by("bounced_at", "pk")
