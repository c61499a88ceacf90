"""The mail that says that a school's move waits for its reader's word."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from classwaves_admin.notifications import kinds
from classwaves_admin.tenancy.scope import system_scope
from retention.actions.moves import ASKED_MAIL
from retention.models import ChangeState, SchoolMove


def register() -> None:
    """Register the mail, when Django starts."""
    kinds.register(ASKED_MAIL, build_asked, secrets=("link",))


def build_asked(*, refers_to: str, now: datetime) -> Mapping[str, str]:
    """Return where the move is looked at and decided. Raises NoLongerWanted once it was decided."""
    with system_scope(reason="a mail is built for its reader"):
        move = SchoolMove.objects.filter(pk=refers_to).first()
    if move is None or move.state != ChangeState.OPEN:
        raise kinds.NoLongerWanted("answered_already")
    return {"link": settings.PORTAL_URL + reverse("school-move", args=[move.pk])}
