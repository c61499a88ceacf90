"""The mail that says that a file is ready."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from audit.making.actions import READY
from audit.models import Making
from classwaves_admin.notifications import kinds


def register() -> None:
    """Register the mail, when Django starts."""
    kinds.register(
        READY,
        build_ready,
        secrets=("link",),
        wording=kinds.Wording("A file is ready", needs=("link",), offers=("title", "days")),
    )


def build_ready(*, refers_to: str, now: datetime) -> Mapping[str, str]:
    """Return the address of the file's page. Raises NoLongerWanted for a file that is gone or was taken already."""
    making = Making.objects.filter(pk=refers_to).first()
    if making is None or not making.is_at_hand(now):
        raise kinds.NoLongerWanted("file_gone")
    if making.files.filter(downloads__gt=0).exists():
        raise kinds.NoLongerWanted("downloaded_already")
    return {"link": settings.PORTAL_URL + reverse("made-file", args=[making.pk])}


def address_now(*, refers_to: str) -> str:
    """Return the address of who asked for the file; empty where the account is gone."""
    making = Making.objects.filter(pk=refers_to).select_related("asked_by").first()
    return making.asked_by.email if making and making.asked_by else ""
