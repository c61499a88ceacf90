"""What is done with a text of a mail: used, set aside, followed by the portal's again, tried; and its past."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.staff_names import staff_names
from classwaves_admin.lib.clock import now
from classwaves_admin.notifications.actions import Recipient
from classwaves_admin.notifications.frame import SANDBOX, with_frame
from classwaves_admin.notifications.models import MailText
from classwaves_admin.notifications.text_actions import (
    MOST_TRIALS,
    EditedMeanwhile,
    NotFit,
    TooManyTrials,
    activate,
    send_trial,
    set_aside,
    use_shipped,
    write_again,
)
from classwaves_admin.notifications.text_queries import history
from classwaves_admin.portal.mail_text_pages import Place, compare, place_of
from classwaves_admin.portal.queries.mails import waiting_mails
from classwaves_admin.portal.views.mail_texts import SHIPPED, text_named
from classwaves_admin.warehouse.outbox import gateway

MEANWHILE = "Somebody else has worked on this text since you opened the page. Look again, then decide."


@require_http_methods(["GET", "HEAD", "POST"])
def template_activate(request: StaffRequest, school_id: str, mail_kind: str, language: str) -> HttpResponse:
    """Say what using the draft leads to, in numbers, and do it: one warehouse query."""
    place = place_of(school_id, mail_kind, language)
    if place.desk.draft is None:
        messages.info(request, "There is no draft to use.")
        return redirect("template-edit", *place.address)
    if request.method == "POST":
        return _use(request, place)
    context = place.context() | place.seen(place.desk.on_the_desk)
    context["waiting"] = waiting_mails(school_id, mail_kind)
    return render(request, "portal/mail_texts/activate.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def template_shipped(request: StaffRequest, school_id: str, mail_kind: str, language: str) -> HttpResponse:
    """Ask before the portal's text is used again, and do it: one warehouse query."""
    place = place_of(school_id, mail_kind, language)
    if request.method == "POST":
        try:
            done = use_shipped(which=place.which, key=request.POST.get("key", ""), by=request.actor, now=now())
        except EditedMeanwhile:
            messages.warning(request, MEANWHILE)
        else:
            said = "The text of ClassWaves is used from now on. Yours stays in the history."
            messages.success(request, said if done else "The text of ClassWaves is used already.")
        return redirect("template-edit", *place.address)
    context = place.context() | {
        "changes": compare(place.desk.in_use, place.which.shipped.text),
        "waiting": waiting_mails(school_id, mail_kind),
    }
    return render(request, "portal/mail_texts/shipped.html", context)


@require_POST
def template_discard(request: StaffRequest, school_id: str, mail_kind: str, language: str) -> HttpResponse:
    """Take the draft off the desk; it stays in the history."""
    place = place_of(school_id, mail_kind, language)
    try:
        set_aside(which=place.which, key=request.POST.get("key", ""), by=request.actor, now=now())
    except EditedMeanwhile:
        messages.warning(request, MEANWHILE)
    else:
        messages.success(request, "The draft is set aside. You find it in the history.")
    return redirect("template-edit", *place.address)


@require_POST
def template_trial(request: StaffRequest, school_id: str, mail_kind: str, language: str) -> HttpResponse:
    """Send the saved text to the person who asks, with samples in its slots."""
    place = place_of(school_id, mail_kind, language)
    user = request.user
    if not isinstance(user, User) or place.desk.faults_of(place.desk.on_the_desk):
        messages.error(request, "Something in the text is wrong. Mend it, save it, then try again.")
        return redirect("template-edit", *place.address)
    try:
        send_trial(
            which=place.which,
            school=place.facts["school"],
            contact=place.facts["contact"],
            recipient=Recipient(user.email, request.actor.id, language),
            by=request.actor,
            now=now(),
        )
    except TooManyTrials:
        messages.warning(request, f"At most {MOST_TRIALS} test mails go out in an hour. The preview shows the same.")
    else:
        messages.success(request, "A test mail is on its way to you. Its links lead nowhere.")
    return redirect("template-edit", *place.address)


@require_safe
def template_history(request: StaffRequest, school_id: str, mail_kind: str, language: str) -> HttpResponse:
    """Show every text of a mail and, for two of them, what changed: two warehouse queries."""
    place = place_of(school_id, mail_kind, language)
    versions = history(place.which)
    older, newer = request.GET.get("older", ""), request.GET.get("newer", "")
    context = place.context() | {
        "versions": versions,
        "names": staff_names(person for one in versions for person in (one.created_by, one.activated_by)),
        "choices": [*((one.id, _called(one)) for one in versions), (SHIPPED, "The text of ClassWaves")],
        "older": older or SHIPPED,
        "newer": newer or (versions[0].id if versions else SHIPPED),
        "changes": None,
    }
    first, second = text_named(place, older), text_named(place, newer)
    if first and second:
        context["changes"] = compare(first, second)
    return render(request, "portal/mail_texts/history.html", context)


@require_safe
@with_frame
def template_version(
    request: StaffRequest, school_id: str, mail_kind: str, language: str, text_id: str
) -> HttpResponse:
    """Show one text in full: two warehouse queries."""
    place = place_of(school_id, mail_kind, language)
    row = MailText.objects.filter(pk=text_id, **place.which.rows()).first()
    if row is None:
        raise Http404("There is no such text.")
    context = place.context() | {
        "version": row,
        "names": staff_names([row.created_by, row.activated_by]),
        "sandbox": SANDBOX,
    }
    return render(request, "portal/mail_texts/version.html", context)


@require_POST
def template_again(request: StaffRequest, school_id: str, mail_kind: str, language: str) -> HttpResponse:
    """Make a draft of an earlier text."""
    place = place_of(school_id, mail_kind, language)
    try:
        write_again(
            which=place.which,
            text_id=request.POST.get("text", ""),
            key=request.POST.get("key", ""),
            by=request.actor,
            now=now(),
        )
    except MailText.DoesNotExist:
        raise Http404("There is no such text.") from None
    except EditedMeanwhile:
        messages.warning(request, MEANWHILE)
        return redirect("template-history", *place.address)
    messages.success(request, "The earlier text is the draft now. Look at it, then use it.")
    return redirect("template-edit", *place.address)


def _use(request: StaffRequest, place: Place) -> HttpResponse:
    try:
        new = activate(which=place.which, key=request.POST.get("key", ""), by=request.actor, now=now())
    except (EditedMeanwhile, MailText.DoesNotExist):
        messages.warning(request, MEANWHILE)
        return redirect("template-edit", *place.address)
    except NotFit as error:
        said = "Something in it is wrong." if error.faults else "People would read the same as now."
        messages.error(request, f"The draft is not used. {said}")
        return redirect("template-edit", *place.address)
    shortly = " It will appear in the catalog shortly." if gateway.pending() else ""
    messages.success(request, f"Text {new.label} is used from now on.{shortly}")
    return redirect("template-school", place.which.school_id)


def _called(version: MailText) -> str:
    if version.number is not None:
        return f"Text {version.label}"
    return "Draft" if version.retired_at is None else f"Draft of {version.edited_at:%b %-d, %Y}, set aside"
