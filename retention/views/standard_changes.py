"""One change of a district's default: what it would do in each school, then made or dropped."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.staff_names import staff_names
from classwaves_admin.lib.clock import now
from classwaves_admin.schools.reach import district_name
from classwaves_admin.tenancy.scope import system_scope
from retention.actions.changes import Decided, NotCounted, PolicyMoved, SecondPerson, counts_of
from retention.actions.standards import drop_standard, make_standard, needs_second, parts_of
from retention.forms.policies import ConfirmForm
from retention.models import ChangeState, PolicyChange, StandardChange
from retention.rules.changes import Terms, rows_at_once
from retention.rules.in_force import Standard
from retention.views.changes import DECIDED, NOT_COUNTED, SECOND, chart_of
from retention.words import kind_words

MOVED = "The default or a school’s policy has changed since. Nothing was changed: drop this one and ask again."


@require_safe
def standard_change(request: StaffRequest, standard_change_id: str) -> HttpResponse:
    """Show a change: two warehouse queries, for the name of the district and those of people."""
    return _page(request, *_change(request, standard_change_id))


@require_POST
def standard_change_make(request: StaffRequest, standard_change_id: str) -> HttpResponse:
    """Make a change whose numbers were seen."""
    change, name = _change(request, standard_change_id)
    form = _form(request, parts_of(change))
    if form is not None and not form.is_valid():
        return _page(request, change, name, form)
    try:
        make_standard(change=change, by=request.actor, now=now())
    except Decided:
        messages.info(request, DECIDED)
    except NotCounted:
        messages.info(request, NOT_COUNTED)
    except SecondPerson:
        messages.info(request, SECOND)
    except PolicyMoved:
        messages.warning(request, MOVED)
    else:
        messages.success(request, f"The district’s default for {kind_words(change.policy_type).lower()} is changed.")
        return redirect("standard-detail", change.district_id)
    return redirect("standard-change", change.id)


@require_POST
def standard_change_drop(request: StaffRequest, standard_change_id: str) -> HttpResponse:
    """Drop a change."""
    change, _ = _change(request, standard_change_id)
    try:
        drop_standard(change=change, by=request.actor, now=now())
        messages.success(request, "Dropped. The default stays as it is.")
    except Decided:
        messages.info(request, DECIDED)
    return redirect("standard-detail", change.district_id)


def _change(request: StaffRequest, change_id: str) -> tuple[StandardChange, str]:
    """Return a change and the name of its district, where the person may look at it. Raises Http404."""
    with system_scope(reason="the district of a change decides who may look"):
        change = StandardChange.objects.filter(pk=change_id).first()
    if change is None:
        raise Http404("There is no such change.")
    return change, district_name(request, change.district_id)


def _form(request: StaffRequest, parts: list[PolicyChange]) -> ConfirmForm | None:
    """Return the form that a second administrator fills in; None where nobody has to."""
    if any(one.counted_at is None for one in parts) or not needs_second(parts):
        return None
    rows = sum(rows_at_once(counts_of(one)) for one in parts)
    return ConfirmForm(request.POST if request.method == "POST" else None, rows=rows)


def _page(request: StaffRequest, change: StandardChange, name: str, form: ConfirmForm | None = None) -> HttpResponse:
    parts = parts_of(change)
    counted = sum(one.counted_at is not None for one in parts)
    names = dict(request.school_choices)
    everything = tuple(count for one in parts for count in counts_of(one))
    lines = [_line(one, names[one.school_id]) for one in parts if one.school_id in names]
    context = {
        "change": change,
        "title": kind_words(change.policy_type),
        "district_name": name,
        "before": Standard.from_json(change.before) if change.before else None,
        "after": Standard.from_json(change.after),
        "lines": sorted(lines, key=lambda line: str(line["name"])),
        "schools": len(parts),
        "elsewhere": len(parts) - len(lines),
        "counted": counted,
        "all_counted": counted == len(parts),
        "at_once": sum(rows_at_once(counts_of(one)) for one in parts),
        "chart": chart_of(everything),
        "people": staff_names((change.asked_by, change.decided_by)),
        "here": request.path,
        "is_open": change.state == ChangeState.OPEN,
        "second": counted == len(parts) and needs_second(parts),
        "own": change.asked_by == request.actor.id,
        "may_change": request.access.may(Permission.MANAGE_DISTRICT),
        "form": form or _form(request, parts),
    }
    return render(request, "retention/standard_change.html", context, status=422 if form is not None else 200)


def _line(part: PolicyChange, name: str) -> dict[str, object]:
    counts = counts_of(part)
    return {
        "part": part,
        "name": name,
        "before": Terms.from_json(part.before),
        "after": Terms.from_json(part.after),
        "due": sum(one.delete[0] for one in counts),
        "already": sum(one.already for one in counts),
        "later": sum(one.delete[2] for one in counts),
        "kept": sum(sum(one.kept.values()) for one in counts),
    }
