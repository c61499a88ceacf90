"""One change of a policy: what it would do in numbers, then made or dropped."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.jobs.queries import job_of
from classwaves_admin.lib.clock import now
from classwaves_admin.schools.values import value
from retention.actions.changes import (
    COUNT,
    Decided,
    DecidedByDistrict,
    NotCounted,
    PolicyMoved,
    SecondPerson,
    counts_of,
    drop_change,
    make_change,
)
from retention.forms.policies import ConfirmForm
from retention.models import ChangeState, PolicyChange
from retention.queries.changes import people_of
from retention.rules.changes import AHEAD, Count, Terms, needs_second_person, rows_at_once
from retention.views.policies import school_name
from retention.words import kind_words

MOVED = "Somebody else has changed this policy since. Nothing was changed: drop this one and ask again."
DECIDED = "This change was decided already."
SECOND = "Another administrator has to confirm this change. Tell them where to find it: under Retention."
OF_DISTRICT = "This is part of a change of the district, or of the school’s move, and is decided there."
NOT_COUNTED = "The numbers are still being counted. Look at them first."


@require_safe
def policy_change(request: StaffRequest, change_id: str) -> HttpResponse:
    """Show a change: one warehouse query, for the names of people."""
    return _page(request, _change(change_id))


@require_POST
def policy_change_make(request: StaffRequest, change_id: str) -> HttpResponse:
    """Make a change whose numbers were seen."""
    change = _change(change_id)
    form = _form(request, change)
    if form is not None and not form.is_valid():
        return _page(request, change, form)
    try:
        make_change(change=change, by=request.actor, now=now())
    except Decided:
        messages.info(request, DECIDED)
    except DecidedByDistrict:
        messages.info(request, OF_DISTRICT)
    except NotCounted:
        messages.info(request, NOT_COUNTED)
    except SecondPerson:
        messages.info(request, SECOND)
    except PolicyMoved:
        messages.warning(request, MOVED)
    else:
        messages.success(request, f"The policy for {kind_words(change.policy_type).lower()} is changed.")
        return redirect("policy-school", change.school_id)
    return redirect("policy-change", change.id)


@require_POST
def policy_change_drop(request: StaffRequest, change_id: str) -> HttpResponse:
    """Drop a change."""
    change = _change(change_id)
    try:
        drop_change(change=change, by=request.actor, now=now())
        messages.success(request, "Dropped. The policy stays as it is.")
    except Decided:
        messages.info(request, DECIDED)
    except DecidedByDistrict:
        messages.info(request, OF_DISTRICT)
    return redirect("policy-school", change.school_id)


def _change(change_id: str) -> PolicyChange:
    """Return a change of the person's schools; outside of them it does not exist. Raises Http404."""
    try:
        return PolicyChange.objects.get(pk=change_id)
    except PolicyChange.DoesNotExist:
        raise Http404("There is no such change.") from None


def _form(request: StaffRequest, change: PolicyChange) -> ConfirmForm | None:
    """Return the form that a second administrator fills in; None where nobody has to."""
    counts = counts_of(change)
    if change.counted_at is None or not _needs_second(change):
        return None
    return ConfirmForm(request.POST if request.method == "POST" else None, rows=rows_at_once(counts))


def _needs_second(change: PolicyChange) -> bool:
    before, after = Terms.from_json(change.before), Terms.from_json(change.after)
    return needs_second_person(
        before, after, counts_of(change), value(change.school_id, "retention.second_person_rows").value
    )


def _page(request: StaffRequest, change: PolicyChange, form: ConfirmForm | None = None) -> HttpResponse:
    counts, job = counts_of(change), job_of(COUNT, change.id)
    second = change.counted_at is not None and _needs_second(change)
    context = {
        "change": change,
        "title": kind_words(change.policy_type),
        "school_name": school_name(request, change.school_id),
        "before": Terms.from_json(change.before),
        "after": Terms.from_json(change.after),
        "counts": counts,
        "of_no_school": [name for name, numbers in change.numbers.items() if numbers is None],
        "at_once": rows_at_once(counts),
        "chart": chart_of(counts),
        "people": people_of([change]),
        "job": job,
        "here": request.path,
        "is_open": change.state == ChangeState.OPEN,
        "second": second,
        "own": change.asked_by == request.actor.id,
        "may_change": not change.is_part and request.access.may(Permission.MANAGE_RETENTION),
        "form": form or _form(request, change),
    }
    return render(request, "retention/change.html", context, status=422 if form is not None else 200)


def chart_of(counts: tuple[Count, ...]) -> list[dict[str, Any]]:
    """Return the bars of what goes and what stays, today and later; none where nothing is due by then."""
    if not any(sum(one.delete) + sum(one.archive) for one in counts):
        return []
    return [_bar(counts, place, ahead) for place, ahead in enumerate(AHEAD)]


def _bar(counts: tuple[Count, ...], place: int, ahead: int) -> dict[str, Any]:
    delete, archive = sum(one.delete[place] for one in counts), sum(one.archive[place] for one in counts)
    return {
        "name": f"In {ahead} days" if ahead else "Today",
        "parts": [
            {"label": "To delete", "count": delete, "tone": "bad"},
            {"label": "To archive", "count": archive, "tone": "info"},
            {"label": "Stay", "count": sum(one.rows for one in counts) - delete - archive, "tone": "neutral"},
        ],
    }
