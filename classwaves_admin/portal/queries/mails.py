"""The queue as its pages show it: the portal's own mails, and the rows of other services in the catalog."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from classwaves_admin.lib import keyset
from classwaves_admin.notifications import kinds
from classwaves_admin.notifications.models import OutgoingMail, State
from classwaves_admin.warehouse.models import NotificationQueue, Student, Teacher

__all__ = [
    "PAGE_SIZE",
    "MailFilters",
    "addresses_of",
    "copy_of",
    "counts_of_mails",
    "failed_by_kind",
    "failed_ids",
    "mail_kinds",
    "mail_page",
    "other_row",
    "others_page",
    "steps_of",
    "waiting_mails",
]

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class MailFilters:
    """What a list of mails is narrowed to; empty texts do not narrow."""

    school: str = ""
    state: str = ""
    kind: str = ""


def mail_kinds() -> list[tuple[str, str]]:
    """Return the kinds with their titles, by title."""
    return sorted(((kind, kinds.title_of(kind)) for kind in kinds.names()), key=lambda pair: pair[1].casefold())


def counts_of_mails(school: str) -> Mapping[str, int]:
    """Return how many mails stand in each state, of one school or of all in scope."""
    return dict(_mails(MailFilters(school)).values_list("state").order_by().annotate(number=Count("*")))


def failed_by_kind(school: str) -> list[tuple[str, int]]:
    """Return the kinds of which mails have failed, with how many, most first."""
    failed = _mails(MailFilters(school, State.FAILED)).values_list("kind").order_by()
    return sorted(failed.annotate(number=Count("*")), key=lambda pair: (-pair[1], pair[0]))


def failed_ids(school: str, kind: str, most: int) -> list[str]:
    """Return the oldest failed mails of a kind."""
    failed = _mails(MailFilters(school, State.FAILED, kind)).order_by("created_at", "id")
    return list(failed.values_list("pk", flat=True)[:most])


def waiting_mails(school_id: str, kind: str) -> int:
    """Return how many mails of a kind wait at a school: they are written already."""
    return OutgoingMail.objects.filter(school_id=school_id, kind=kind, state__in=(State.QUEUED, State.SENDING)).count()


def mail_page(filters: MailFilters, cursor: str) -> keyset.Page[OutgoingMail]:
    """Return a page of the portal's mails, newest first. No warehouse query. Raises BadCursor."""
    return keyset.page(_mails(filters), order=("-created_at", "-id"), size=PAGE_SIZE, cursor=cursor)


def addresses_of(mails: Iterable[OutgoingMail]) -> Mapping[str, str]:
    """Return where mails go or went, by id: one warehouse query, for a mail that ended keeps no address itself."""
    known = {mail.pk: mail.address for mail in mails}
    ended = [pk for pk, address in known.items() if not address]
    if ended:
        known |= dict(NotificationQueue.objects.filter(pk__in=ended).values_list("id", "recipient_address"))
    return known


def copy_of(mail: OutgoingMail) -> NotificationQueue | None:
    """Return the catalog's row of a mail; None where retention has taken it: one warehouse query."""
    return NotificationQueue.objects.filter(pk=mail.pk).first()


def steps_of(mail: OutgoingMail) -> list[tuple[datetime, str]]:
    """Return what happened to a mail and when, oldest first, and what comes next."""
    tries = f"{mail.attempts} {'try' if mail.attempts == 1 else 'tries'}"
    found = [
        (mail.created_at, "Written, and put into the queue"),
        (mail.claimed_at, f"Taken by a worker ({tries} so far)"),
        (mail.taken_at, "Taken by the mail server"),
        (mail.sent_at, "Noted as sent"),
        (mail.next_attempt_at if mail.state == State.QUEUED and mail.attempts else None, "Tried again"),
    ]
    return sorted(((at, words) for at, words in found if at is not None), key=lambda step: step[0])


def others_page(cursor: str) -> keyset.Page[NotificationQueue]:
    """Return a page of what other services queued, newest first: two warehouse queries. Raises BadCursor.

    Their rows name no school: those to students and staff in scope are shown.
    """
    return keyset.page(_others(), order=("-created_at", "-id"), size=PAGE_SIZE, cursor=cursor)


def other_row(row_id: str) -> NotificationQueue | None:
    """Return one of them; None for one that is not there or not in scope: two warehouse queries."""
    return _others().filter(pk=row_id).first()


def _others() -> QuerySet[NotificationQueue]:
    # The few types are found by the index; the portal's own rows, most of all, are not looked through.
    types = NotificationQueue.objects.order_by().values_list("notification_type", flat=True).distinct()
    rows = NotificationQueue.objects.filter(notification_type__in=set(types) - set(kinds.names()))
    person = {"id": OuterRef("user_id")}
    return rows.filter(Q(Exists(Student.objects.filter(**person))) | Q(Exists(Teacher.objects.filter(**person))))


def _mails(filters: MailFilters) -> QuerySet[OutgoingMail]:
    wanted = {"school_id": filters.school, "state": filters.state, "kind": filters.kind}
    return OutgoingMail.objects.filter(**{name: value for name, value in wanted.items() if value})
