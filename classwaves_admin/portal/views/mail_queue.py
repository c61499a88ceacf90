"""The queue of mails: what waits, failed or went out; one mail; sending again and stopping."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.record import record
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.notifications import kinds
from classwaves_admin.notifications.models import OutgoingMail, State
from classwaves_admin.notifications.queue_actions import MOST_AT_ONCE, resend, stop
from classwaves_admin.portal.mail_words import masked
from classwaves_admin.portal.queries.mails import (
    MailFilters,
    addresses_of,
    copy_of,
    counts_of_mails,
    failed_by_kind,
    failed_ids,
    mail_kinds,
    mail_page,
    other_row,
    others_page,
    steps_of,
)
from classwaves_admin.portal.system_forms import MailFilterForm

LIST, DETAIL, OTHERS = "queue-list", "queue-mail", "queue-others"
GONE = "That page of the list is gone. This is the first one."


@require_safe
def queue_list(request: StaffRequest) -> HttpResponse:
    """Show the portal's mails, newest first: one warehouse query, for addresses, which are masked."""
    schools = [] if request.school else list(request.school_choices)
    form = MailFilterForm(request.GET, kinds=mail_kinds(), schools=schools)
    school = request.school or form.chosen("school")
    filters = MailFilters(school, form.chosen("state"), form.chosen("kind"))
    try:
        part = mail_page(filters, request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, GONE)
        return redirect(LIST)
    counts, addresses = counts_of_mails(school), addresses_of(part.rows)
    context = {
        "form": form,
        "mails": [(mail, masked(addresses[mail.pk])) for mail in part.rows],
        "counts": [(label, counts.get(state, 0), state == State.FAILED) for state, label in State.choices],
        "failed": [(kind, kinds.title_of(kind), count) for kind, count in failed_by_kind(school)],
        "narrowed": bool(filters.state or filters.kind or form.chosen("school")),
        "schools": dict(schools) if len(schools) > 1 else {},
        "sees_others": request.access.may(Permission.SEE_MAIL_OF_OTHERS),
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
    return render(request, "portal/mails/list.html", context)


@require_safe
def queue_mail(request: StaffRequest, mail_id: str) -> HttpResponse:
    """Show one mail with what happened when: one warehouse query. It may name children, so the look is recorded."""
    mail = OutgoingMail.objects.filter(pk=mail_id).first()
    if mail is None:
        raise Http404("There is no such mail.")
    copy = copy_of(mail)
    _note(request, mail.pk, mail.school_id, mail.kind)
    context = {
        "mail": mail,
        "title": kinds.title_of(mail.kind),
        "copy": copy,
        "address": masked(mail.address or (copy.recipient_address if copy else "")),
        "steps": steps_of(mail),
        "school_name": dict(request.school_choices).get(mail.school_id, ""),
        "may_go_again": mail.state == State.FAILED and mail.taken_at is None,
        "may_stop": mail.state == State.QUEUED and mail.taken_at is None,
    }
    return render(request, "portal/mails/mail.html", context)


@require_POST
def queue_resend(request: StaffRequest, mail_id: str) -> HttpResponse:
    """Let one failed mail go again."""
    if not OutgoingMail.objects.filter(pk=mail_id).exists():
        raise Http404("There is no such mail.")
    left = resend(mail_ids=[mail_id], by=request.actor, now=now())
    if left:
        messages.warning(request, f"It is not sent again. {left[mail_id].value}")
    else:
        messages.success(request, "It goes again now, to the address that counts today.")
    return redirect(DETAIL, mail_id)


@require_POST
def queue_stop(request: StaffRequest, mail_id: str) -> HttpResponse:
    """Stop one mail that waits."""
    if not OutgoingMail.objects.filter(pk=mail_id).exists():
        raise Http404("There is no such mail.")
    if stop(mail_id=mail_id, by=request.actor, now=now()):
        messages.success(request, "The mail is stopped. Nobody gets it.")
    else:
        messages.info(request, "It does not wait any more: it is being sent, was sent, or has ended.")
    return redirect(DETAIL, mail_id)


@require_http_methods(["GET", "HEAD", "POST"])
def queue_retry(request: StaffRequest) -> HttpResponse:
    """Say how many failed mails of a kind go again, and do it."""
    given = request.POST if request.method == "POST" else request.GET
    kind, school = given.get("kind", ""), request.school or ""
    count = dict(failed_by_kind(school)).get(kind, 0)
    if not count:
        messages.info(request, "No mail of this kind has failed.")
        return redirect(LIST)
    if request.method == "POST":
        ids = failed_ids(school, kind, MOST_AT_ONCE)
        _tell(request, len(ids), Counter(resend(mail_ids=ids, by=request.actor, now=now()).values()))
        return redirect(LIST)
    context = {"kind": kind, "title": kinds.title_of(kind), "count": count, "at_once": min(count, MOST_AT_ONCE)}
    return render(request, "portal/mails/retry.html", context)


@require_safe
def queue_others(request: StaffRequest) -> HttpResponse:
    """Show what other services queued in the catalog: two warehouse queries. No words of a mail stand in the list."""
    try:
        part = others_page(request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, GONE)
        return redirect(OTHERS)
    context = {
        "rows": [(row, masked(row.recipient_address)) for row in part.rows],
        **neighbours(request, OTHERS, previous=part.previous, following=part.next),
    }
    return render(request, "portal/mails/others.html", context)


@require_safe
def queue_other(request: StaffRequest, notification_id: str) -> HttpResponse:
    """Show one row of another service: two warehouse queries."""
    row = other_row(notification_id)
    if row is None:
        raise Http404("There is no such mail.")
    _note(request, row.pk, "", row.notification_type)
    context: dict[str, Any] = {
        "row": row,
        "address": masked(row.recipient_address),
    }
    return render(request, "portal/mails/other.html", context)


def _tell(request: StaffRequest, tried: int, left: Counter[Any]) -> None:
    going = tried - left.total()
    if going:
        messages.success(request, ngettext("%(n)d mail goes again.", "%(n)d mails go again.", going) % {"n": going})
    for why, count in left.items():
        messages.warning(request, f"{count} not sent again. {why.value}")


def _note(request: StaffRequest, mail_id: str, school_id: str, kind: str) -> None:
    with transaction.atomic():
        record(
            "mail.viewed",
            by=request.actor,
            school_id=school_id or None,
            resource=("mail", mail_id[:64]),
            data={"kind": kind[:80]},
            at=now(),
        )
