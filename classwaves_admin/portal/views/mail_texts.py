"""The texts of a school's mails: the list, the editor with its preview, two people at once."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.staff_names import staff_names
from classwaves_admin.lib.clock import now
from classwaves_admin.notifications.frame import SANDBOX, in_frame, page_of, with_frame
from classwaves_admin.notifications.models import MailText, TextState
from classwaves_admin.notifications.own_texts import as_text
from classwaves_admin.notifications.text_actions import EditedMeanwhile, save_draft
from classwaves_admin.notifications.text_queries import desks, own_counts
from classwaves_admin.notifications.wording.rules import Text
from classwaves_admin.portal.mail_text_forms import MailTextForm
from classwaves_admin.portal.mail_text_pages import Place, compare, place_of, school_or_404

# Names the text that comes with the portal, which has no row of its own.
SHIPPED = "shipped"
_EDIT = "portal/mail_texts/edit.html"
_BROKEN = (
    "<!DOCTYPE html><html lang='en'><head><title>Preview</title></head>"
    "<body><p>The text cannot be filled in yet: mend what is listed beside it.</p></body></html>"
)


@require_safe
def template_list(request: StaffRequest) -> HttpResponse:
    """Show the mails of the person's school, or the schools to choose from: at most one warehouse query."""
    schools = [one for one in request.school_choices if request.school in {None, one[0]}]
    if len(schools) == 1:
        return redirect("template-school", schools[0][0])
    counts = own_counts([school_id for school_id, _ in schools])
    lines = [
        (school_id, name, *(counts.get(school_id, {}).get(state, 0) for state in (TextState.ACTIVE, TextState.DRAFT)))
        for school_id, name in schools
    ]
    return render(request, "portal/mail_texts/schools.html", {"lines": lines})


@require_safe
def template_school(request: StaffRequest, school_id: str) -> HttpResponse:
    """Show every mail of one school: one warehouse query."""
    context = {
        "school": school_or_404(school_id),
        "lines": [(one, bool(one.faults_in_use)) for one in desks(school_id)],
        "several_schools": len(request.school_choices) > 1,
    }
    return render(request, "portal/mail_texts/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@with_frame
def template_edit(request: StaffRequest, school_id: str, mail_kind: str, language: str) -> HttpResponse:
    """Show the text with its preview, and keep a draft: one warehouse query."""
    place = place_of(school_id, mail_kind, language)
    if request.method != "POST":
        note = place.desk.draft.note if place.desk.draft else ""
        form = MailTextForm.showing(place.which, place.desk.on_the_desk, key=place.desk.key, note=note)
        return _page(request, place, form, place.desk.on_the_desk)
    form = MailTextForm(place.which, request.POST)
    text = form.source()
    if not form.is_valid():
        return _page(request, place, form, text, status=422)
    typed = {"note": form.cleaned_data["note"], "key": form.cleaned_data["key"]}
    try:
        save_draft(which=place.which, text=text, by=request.actor, now=now(), **typed)
    except EditedMeanwhile as error:
        return _conflict(request, Place(place.school, error.desk), form)
    count = len(place.desk.faults_of(text))
    if count:
        left = ngettext("%(n)d thing is wrong", "%(n)d things are wrong", count) % {"n": count}
        messages.warning(request, f"The draft is saved. {left} before it can be used.")
    else:
        messages.success(request, "The draft is saved. Nobody gets it yet.")
    return redirect("template-edit", *place.address)


@require_POST
@with_frame
def template_preview(request: StaffRequest, school_id: str, mail_kind: str, language: str) -> HttpResponse:
    """Show the text as typed, beside the form while somebody types."""
    place = place_of(school_id, mail_kind, language)
    context = place.context() | place.seen(MailTextForm(place.which, request.POST).source())
    return render(request, "portal/mail_texts/_live.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@in_frame
def template_frame(request: StaffRequest, school_id: str, mail_kind: str, language: str) -> HttpResponse:
    """Return the HTML of a mail with samples, for the frame: as typed, of an earlier text, or what is on the desk."""
    place = place_of(school_id, mail_kind, language)
    if request.method == "POST":
        text = MailTextForm(place.which, request.POST).source()
    else:
        text = text_named(place, request.GET.get("text", "")) or place.desk.on_the_desk
    sample = place.sample(text)
    return page_of(sample.html if sample else _BROKEN)


def text_named(place: Place, name: str) -> Text | None:
    """Return an earlier text by its id, or the portal's; None for no name. Raises Http404."""
    if not name:
        return None
    if name == SHIPPED:
        return place.which.shipped.text
    row = MailText.objects.filter(pk=name, **place.which.rows()).first()
    if row is None:
        raise Http404("There is no such text.")
    return as_text(row)


def _page(request: StaffRequest, place: Place, form: MailTextForm, text: Text, *, status: int = 200) -> HttpResponse:
    context = place.context() | place.seen(text) | {"form": form, "sandbox": SANDBOX}
    return render(request, _EDIT, context, status=status)


def _conflict(request: StaffRequest, place: Place, form: MailTextForm) -> HttpResponse:
    """Show what stands there now beside what was typed. The form rests on the new state."""
    found = [one for one in (place.desk.draft, place.desk.active) if one]
    theirs, mine = place.desk.on_the_desk, form.source()
    context: dict[str, Any] = place.context() | {
        "form": form.with_key(place.desk.key),
        "theirs": theirs,
        "mine": mine,
        "differences": compare(theirs, mine),
        "names": staff_names(person for one in found for person in (one.created_by, one.activated_by)),
    }
    return render(request, "portal/mail_texts/conflict.html", context, status=409)
