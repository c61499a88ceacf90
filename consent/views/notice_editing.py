"""Writing a notice: draft, live preview, bringing it into force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.pager import address as address_of
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.notice_versions import EditedMeanwhile, NotFit, activate, save_draft, set_aside
from consent.forms.notices import ActivationForm, NoticeForm, sample_question
from consent.models import NoticeVersion
from consent.notice_words import fault_words
from consent.notices.compare import compare
from consent.notices.markdown import to_html
from consent.notices.texts import SchoolFacts, Source, drafted
from consent.queries.families import under_older_notice
from consent.queries.notice_pages import which_of, writers
from consent.queries.notice_versions import Desk, Which, concerned, desk
from consent.queries.students import OLDER
from consent.rules.notices import REQUIREMENTS
from consent.views.notices import facts_or_404
from consent.vocabulary import NoticeChange
from consent.words import SHORT, language_words, slot_words

EDIT = "consent/staff/notices/edit.html"
SHORTLY = " Saved; it will appear in the catalog shortly."
MEANWHILE = "Somebody else has worked on this notice since you opened the page. Look again, then decide."


@dataclass(frozen=True, slots=True)
class Place:
    """The notice that an address names, with its school and what stands on its desk."""

    which: Which
    facts: SchoolFacts
    desk: Desk

    def context(self) -> dict[str, Any]:
        """Return what every page about one notice shows."""
        return {
            "title": f"{SHORT[self.which.consent_type]} in {language_words(self.which.language)}",
            "school": self.facts.school,
            "which": self.which,
            "desk": self.desk,
            "rtl": translation.get_language_info(self.which.language)["bidi"],
        }

    def seen(self, source: Source) -> dict[str, Any]:
        """Return a text as parents would see it, what is wrong with it, and what it changes."""
        return {
            "preview": self._preview(source),
            "faults": [fault_words(one, self.desk.slots) for one in self.desk.faults_of(source)],
            "changes": compare(self.desk.in_force, source),
        }

    def shown(self, source: Source) -> SafeString:
        """Return a text with its slots filled, as markup."""
        return to_html(drafted(self.facts, self.which.language, source, blank=_blank))

    def _preview(self, source: Source) -> SafeString:
        """Return the part of the parents' page that shows the notice, with its question, in its language."""
        with translation.override(self.which.language):
            question = sample_question(self.which.consent_type, self.which.language)
            part = {"notice": self.shown(source), "fields": [question], "first": self.which.is_first}
            return render_to_string("consent/parents/_notice.html", part)


def place_of(school_id: str, consent_type: str, language: str) -> Place:
    """Return the notice that an address names: one warehouse query. Raises Http404."""
    try:
        which = which_of(consent_type, school_id, language)
    except LookupError as error:
        raise Http404("There is no such notice.") from error
    return Place(which, facts_or_404(school_id), desk(which))


def notice_edit(request: StaffRequest, school_id: str, consent_type: str, language: str) -> HttpResponse:
    """Show the text with its preview, and keep a draft."""
    place = place_of(school_id, consent_type, language)
    if request.method != "POST":
        return _page(request, place, _fresh(place))
    form = NoticeForm(place.which.consent_type, language, request.POST)
    if not form.is_valid():
        return _page(request, place, form, status=422)
    source = form.source()
    try:
        save_draft(
            which=place.which,
            text=source.text,
            words=source.words,
            note=form.cleaned_data["note"],
            key=form.cleaned_data["key"],
            by=request.actor,
            now=now(),
        )
    except EditedMeanwhile as error:
        return _conflict(request, Place(place.which, place.facts, error.desk), form)
    count = len(place.desk.faults_of(source))
    left = ngettext("%(n)d thing is missing", "%(n)d things are missing", count) % {"n": count}
    if count:
        messages.warning(request, f"The draft is saved. {left} before it can come into force.")
    else:
        messages.success(request, "The draft is saved. Parents do not see it yet.")
    return redirect("notice-edit", school_id, consent_type, language)


@require_POST
def notice_preview(request: StaffRequest, school_id: str, consent_type: str, language: str) -> HttpResponse:
    """Show the text as typed: beside the form while somebody types, or as a page of its own."""
    place = place_of(school_id, consent_type, language)
    form = NoticeForm(place.which.consent_type, language, request.POST)
    context = place.context() | place.seen(form.source()) | {"lang": language}
    if request.headers.get("HX-Request"):
        return render(request, "consent/staff/notices/_live.html", context)
    with translation.override(language):
        return render(request, "consent/staff/notices/preview.html", context)


def notice_activate(request: StaffRequest, school_id: str, consent_type: str, language: str) -> HttpResponse:
    """Say what bringing the draft into force leads to, in numbers, and do it."""
    place = place_of(school_id, consent_type, language)
    if place.desk.draft is None:
        messages.info(request, "There is no draft to bring into force.")
        return redirect("notice-edit", school_id, consent_type, language)
    form = ActivationForm(request.POST or None, initial={"key": place.desk.key})
    if request.method == "POST" and form.is_valid():
        return _bring_into_force(request, place, form)
    context = place.context() | place.seen(place.desk.on_the_desk)
    context |= {"form": form, "concerned": concerned(place.which, now())}
    return render(request, "consent/staff/notices/activate.html", context, status=422 if form.is_bound else 200)


@require_POST
def notice_discard(request: StaffRequest, school_id: str, consent_type: str, language: str) -> HttpResponse:
    """Take the draft off the desk; its text stays in the history."""
    place = place_of(school_id, consent_type, language)
    try:
        set_aside(which=place.which, key=request.POST.get("key", ""), by=request.actor, now=now())
    except EditedMeanwhile:
        messages.warning(request, MEANWHILE)
    else:
        messages.success(request, "The draft is set aside. You find it in the history.")
    return redirect("notice-edit", school_id, consent_type, language)


def _bring_into_force(request: StaffRequest, place: Place, form: ActivationForm) -> HttpResponse:
    which, change = place.which, NoticeChange(form.cleaned_data["change"])
    address = (which.school_id, which.consent_type.value, which.language)
    try:
        new = activate(which=which, change=change, key=form.cleaned_data["key"], by=request.actor, now=now())
    except (EditedMeanwhile, NoticeVersion.DoesNotExist):
        messages.warning(request, MEANWHILE)
        return redirect("notice-edit", *address)
    except NotFit as error:
        said = "It is not complete." if error.faults else "Parents would read the same as now."
        messages.error(request, f"The draft did not come into force. {said}")
        return redirect("notice-edit", *address)
    asks = " Guardians who consented before can be asked again." if change is NoticeChange.MATERIAL else ""
    shortly = SHORTLY if gateway.pending() else ""
    messages.success(request, f"Version {new.label} is in force from now on.{asks}{shortly}")
    may_ask = change is NoticeChange.MATERIAL and request.access.may(Permission.ASK_CONSENT)
    if may_ask and under_older_notice(now(), school=which.school_id):
        return redirect(address_of("student-list", [("notice", OLDER), ("school", which.school_id)]))
    return redirect("notice-school", which.school_id)


def _fresh(place: Place) -> NoticeForm:
    note = place.desk.draft.note if place.desk.draft else ""
    which = place.which
    return NoticeForm.showing(which.consent_type, which.language, place.desk.on_the_desk, key=place.desk.key, note=note)


def _page(request: StaffRequest, place: Place, form: NoticeForm, *, status: int = 200) -> HttpResponse:
    source = form.source() if form.is_bound else place.desk.on_the_desk
    context = place.context() | place.seen(source) | {"form": form}
    context["required"] = REQUIREMENTS[place.which.consent_type]
    context["slots"] = [(slot, slot_words(slot)) for slot in place.desk.slots]
    return render(request, EDIT, context, status=status)


def _conflict(request: StaffRequest, place: Place, form: NoticeForm) -> HttpResponse:
    """Show what stands there now beside what was typed, with what differs. The form rests on the new state."""
    mine = form.source()
    draft = place.desk.draft
    context = place.context() | {
        "form": form.with_key(place.desk.key),
        "theirs": place.shown(place.desk.on_the_desk),
        "mine": place.shown(mine),
        "differences": compare(place.desk.on_the_desk, mine),
        "names": writers([one for one in (draft, place.desk.active) if one]),
    }
    return render(request, "consent/staff/notices/conflict.html", context, status=409)


def _blank(slot: str) -> str:
    """Return what stands in a preview where a slot has no value."""
    return f"**[{slot_words(slot)}: missing]**"
