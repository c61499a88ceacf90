"""Takes the wish for a link, whatever the address, and lets the worker look whether it is on file."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import kombu.exceptions
from celery import current_app
from django.db import DatabaseError, InterfaceError, transaction

from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.warehouse.models import School
from consent.actions.manage import send_links_to_manage
from consent.actions.send_again import send_fresh_links
from consent.models import LinkRequest
from consent.models.links import Purpose
from consent.notices.texts import NoticeIncomplete

logger = logging.getLogger(__name__)

SEND = "consent.send_asked_links"  # tasks.py, which stands above this module
# Whoever types an address on a page without a link: nobody has shown who they are.
UNKNOWN_GUARDIAN = "anonymous"
# Past this a wish is not served any more: the parent has asked again, or written to the school.
LONGEST = timedelta(days=1)
USER_AGENT_LENGTH = 300


def ask_for_link(*, address: str, purpose: Purpose, by: Actor, now: datetime) -> None:
    """Keep the wish for a link and tell the worker: the same work for an address on file and any other."""
    with transaction.atomic():
        LinkRequest.objects.create(
            address=address,
            purpose=purpose,
            ip_address=by.ip_address,
            user_agent=(by.user_agent or "")[:USER_AGENT_LENGTH],
            asked_at=now,
        )
        transaction.on_commit(_tell_worker, robust=True)


def _tell_worker() -> None:
    try:
        current_app.send_task(SEND, retry=False)
    except (kombu.exceptions.OperationalError, OSError):
        logger.warning("The broker cannot be reached; wishes for links wait for the next look at them.")


def serve_link_requests(*, now: datetime) -> int:
    """Mail what was asked for and is on file, and forget each wish; return how many were served.

    Where the catalog sleeps or a notice has a blank, a wish waits for the next call, for LONGEST at most.
    """
    LinkRequest.objects.filter(asked_at__lte=now - LONGEST).delete()
    served = 0
    for wish_id in list(LinkRequest.objects.order_by("asked_at", "id").values_list("pk", flat=True)):
        try:
            served += _serve(wish_id, now)
        except (DatabaseError, InterfaceError, NoticeIncomplete, School.DoesNotExist) as error:
            logger.warning("A wish for a link waits: %s.", type(error).__name__)
    return served


def _serve(wish_id: str, now: datetime) -> bool:
    with transaction.atomic():
        wish = LinkRequest.objects.select_for_update(skip_locked=True).filter(pk=wish_id).first()
        if wish is None:  # another worker has it
            return False
        by = Actor(UNKNOWN_GUARDIAN, ActorType.PARENT, wish.ip_address, wish.user_agent or None)
        send = send_links_to_manage if wish.purpose == Purpose.MANAGE else send_fresh_links
        send(address=wish.address, by=by, now=now)
        wish.delete()
    return True
