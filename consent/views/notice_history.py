"""The past of a notice: every text, what changed between any two, and the way back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from consent.actions.notice_versions import EditedMeanwhile, write_again
from consent.models import NoticeVersion
from consent.notices.compare import compare
from consent.notices.texts import Source, shipped_source
from consent.queries.notice_pages import frozen_texts, writers
from consent.queries.notice_versions import Which, history, uses
from consent.queries.notices import source_of
from consent.views.notice_editing import MEANWHILE, place_of

# Names the text that comes with the portal, which has no row of its own.
SHIPPED = "shipped"


def notice_history(request: StaffRequest, school_id: str, consent_type: str, language: str) -> HttpResponse:
    """Show every text of a notice and, for two of them, what changed: two warehouse queries."""
    place = place_of(school_id, consent_type, language)
    versions = history(place.which)
    used = uses(school_id)
    older, newer = request.GET.get("older", ""), request.GET.get("newer", "")
    context = place.context() | {
        "versions": [(one, used.get((consent_type, language, one.id), 0)) for one in versions],
        "shipped_answers": used.get((consent_type, language, ""), 0),
        "names": writers(versions),
        "choices": [*((one.id, _called(one)) for one in versions), (SHIPPED, "The text of ClassWaves")],
        "older": older or SHIPPED,
        "newer": newer or (versions[0].id if versions else SHIPPED),
        "changes": None,
    }
    if older and newer:
        context["changes"] = compare(_source(place.which, older), _source(place.which, newer))
    return render(request, "consent/staff/notices/history.html", context)


def notice_version(
    request: StaffRequest, school_id: str, consent_type: str, language: str, version_id: str
) -> HttpResponse:
    """Show one text in full, and each text that was shown from it word for word: two warehouse queries."""
    place = place_of(school_id, consent_type, language)
    version = _version(place.which, version_id)
    context = place.context() | {
        "version": version,
        "notice": place.shown(source_of(version)),
        "texts": frozen_texts(version),
        "names": writers([version]),
        "is_draft": place.desk.draft is not None and place.desk.draft.id == version.id,
    }
    return render(request, "consent/staff/notices/version.html", context)


@require_POST
def notice_again(request: StaffRequest, school_id: str, consent_type: str, language: str) -> HttpResponse:
    """Make a draft of an earlier text, or of the one that comes with the portal."""
    place = place_of(school_id, consent_type, language)
    wanted = request.POST.get("version", "")
    version_id = None if wanted == SHIPPED else _version(place.which, wanted).id
    try:
        write_again(
            which=place.which, version_id=version_id, key=request.POST.get("key", ""), by=request.actor, now=now()
        )
    except EditedMeanwhile:
        messages.warning(request, MEANWHILE)
        return redirect("notice-history", school_id, consent_type, language)
    messages.success(request, "The earlier text is the draft now. Look at it, then bring it into force.")
    return redirect("notice-edit", school_id, consent_type, language)


def _version(which: Which, version_id: str) -> NoticeVersion:
    found = NoticeVersion.objects.filter(pk=version_id, **which.versions()).first()
    if found is None:
        raise Http404("There is no such version.")
    return found


def _source(which: Which, version_id: str) -> Source:
    if version_id == SHIPPED:
        return shipped_source(which.consent_type, which.language)
    return source_of(_version(which, version_id))


def _called(version: NoticeVersion) -> str:
    if version.number is not None:
        return f"Version {version.label}"
    return "Draft" if version.retired_at is None else f"Draft of {version.edited_at:%b %-d, %Y}, set aside"
