"""A school moves into another district or out of its own: asked for, counted, made or dropped."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.standing import forget
from classwaves_admin.lib.clock import now
from classwaves_admin.portal.views.school_scope import in_school, may_reach
from classwaves_admin.portal.views.schools import profile_or_404
from classwaves_admin.portal.views.side_by_side import ON_ITS_WAY
from classwaves_admin.schools.districts.forms import MoveForm
from classwaves_admin.schools.districts.placing import settings_that_change
from classwaves_admin.schools.districts.queries import active_districts, people_of_district
from classwaves_admin.schools.queries import districts_of
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import District
from classwaves_admin.warehouse.outbox.holding import OnItsWay
from retention.actions.changes import Decided, NotCounted, PolicyMoved, SecondPerson, counts_of
from retention.actions.moves import (
    AlreadyThere,
    NotTheirWord,
    WordMissing,
    agree_to_move,
    ask_move,
    drop_move,
    make_move,
    moves_open,
    parts_of_move,
)
from retention.actions.standards import needs_second
from retention.forms.policies import ConfirmForm
from retention.models import ChangeState, PolicyChange, SchoolMove
from retention.queries.moves import side_of
from retention.rules.changes import Terms, rows_at_once
from retention.rules.moves import Word

DECIDED = "This move was decided already."
SECOND = "Another administrator has to confirm this move. It stands on the school’s district page until then."
NOT_COUNTED = "The numbers are still being counted. Look at them first."
MOVED = "The school, its policies or a district has changed since. Nothing was changed: drop this move and ask again."


@require_http_methods(["GET", "HEAD", "POST"])
@in_school
def school_district(request: StaffRequest, school_id: str) -> HttpResponse:
    """Take where a school is to go; what that means is counted before anything changes."""
    profile = profile_or_404(school_id)
    home = districts_of([school_id])[school_id]
    form = MoveForm(
        request.POST if request.method == "POST" else None,
        districts=[one for one in active_districts() if one[0] != home],
        has_home=bool(home),
        initial={"to": request.GET.get("to", "")},
    )
    if form.is_bound and form.is_valid():
        try:
            move = ask_move(
                school_id=school_id,
                to_district=form.to_district(),
                reason=form.cleaned_data["reason"].strip(),
                user=cast(User, request.user),
                by=request.actor,
                now=now(),
            )
        except AlreadyThere:
            messages.info(request, "The school is in this district already.")
            return redirect("school-profile", school_id)
        return redirect("school-move", move.pk)
    context = {"school": profile.school, "form": form, "home": home, "moves": moves_open(school_id)}
    return render(request, "schools/district.html", context, status=422 if form.is_bound else 200)


@require_safe
def school_move(request: StaffRequest, move_id: str) -> HttpResponse:
    """Show what a move means in numbers: three warehouse queries, one more to learn the settings now and then."""
    return _page(request, _move(request, move_id))


@require_POST
def school_move_make(request: StaffRequest, move_id: str) -> HttpResponse:
    """Make a move whose numbers were seen."""
    move = _move(request, move_id)
    form = _form(request, parts_of_move(move))
    if form is not None and not form.is_valid():
        return _page(request, move, form)
    try:
        make_move(move=move, user=cast(User, request.user), by=request.actor, now=now())
    except Decided:
        messages.info(request, DECIDED)
    except WordMissing as missing:
        messages.info(request, f"{missing.word.label}. Nothing was changed.")
    except NotCounted:
        messages.info(request, NOT_COUNTED)
    except SecondPerson:
        messages.info(request, SECOND)
    except PolicyMoved:
        messages.warning(request, MOVED)
    except OnItsWay:
        messages.warning(request, ON_ITS_WAY)
    else:
        forget(cast(User, request.user))
        messages.success(request, "The school has moved. People see it within a minute.")
        return _back(request, move)
    return redirect("school-move", move.pk)


@require_POST
def school_move_agree(request: StaffRequest, move_id: str) -> HttpResponse:
    """Agree to a move in the name of the school."""
    move = _move(request, move_id)
    try:
        agree_to_move(move=move, user=cast(User, request.user), by=request.actor, now=now())
        messages.success(request, "The school has agreed. ClassWaves makes the move now, or drops it.")
    except Decided:
        messages.info(request, DECIDED)
    except NotTheirWord as refused:
        messages.error(request, str(refused))
    return redirect("school-move", move.pk)


@require_POST
def school_move_drop(request: StaffRequest, move_id: str) -> HttpResponse:
    """Drop a move."""
    move = _move(request, move_id)
    try:
        drop_move(move=move, by=request.actor, now=now())
        messages.success(request, "Dropped. The school stays where it is.")
    except Decided:
        messages.info(request, DECIDED)
    return redirect("school-profile", move.school_id)


def _move(request: StaffRequest, move_id: str) -> SchoolMove:
    """Return a move of a school that the person may reach. Raises Http404."""
    with system_scope(reason="the school of a move decides who may look"):
        move = SchoolMove.objects.filter(pk=move_id).first()
    if move is None or not may_reach(request, move.school_id):
        raise Http404("There is no such move.")
    return move


def _back(request: StaffRequest, move: SchoolMove) -> HttpResponse:
    """Lead to a district that the person looks after, for the school may be out of reach now."""
    own = request.access.scope.districts
    for district in (move.to_district, move.from_district):
        if district and (own is None or district in own):
            return redirect("district-detail", district)
    return redirect("district-list")


def _form(request: StaffRequest, parts: list[PolicyChange]) -> ConfirmForm | None:
    """Return the form that a second administrator fills in; None where nobody has to."""
    if any(one.counted_at is None for one in parts) or not needs_second(parts):
        return None
    rows = sum(rows_at_once(counts_of(one)) for one in parts)
    return ConfirmForm(request.POST if request.method == "POST" else None, rows=rows)


def _page(request: StaffRequest, move: SchoolMove, form: ConfirmForm | None = None) -> HttpResponse:
    parts = parts_of_move(move)
    counted = sum(one.counted_at is not None for one in parts)
    with system_scope(reason="the names of two districts"):
        names = dict(District.objects.filter(pk__in=[move.from_district, move.to_district]).values_list("pk", "name"))
    today, user = now().date(), cast(User, request.user)
    side = side_of(move, today)
    word = side.missing(move, user)
    all_counted = counted == len(parts)
    context = {
        "move": move,
        "school": side.school,
        "word": word,
        "may_decide": request.access.may(Permission.EDIT_DISTRICTS),
        "may_agree": word is Word.SCHOOL and request.access.may(Permission.AGREE_TO_MOVES),
        "home": names.get(move.from_district, ""),
        "goal": names.get(move.to_district, ""),
        "leave": people_of_district(move.from_district, today) if move.from_district else 0,
        "come": people_of_district(move.to_district, today) if move.to_district else 0,
        "settings": settings_that_change(move.school_id, move.to_district),
        "lines": [_line(one) for one in parts],
        "counted": counted,
        "all_counted": all_counted,
        "at_once": sum(rows_at_once(counts_of(one)) for one in parts),
        "is_open": move.state == ChangeState.OPEN,
        "second": all_counted and needs_second(parts),
        "own": move.asked_by == request.actor.id,
        "here": request.path,
        "form": form or _form(request, parts),
    }
    return render(request, "schools/move.html", context, status=422 if form is not None else 200)


def _line(part: PolicyChange) -> dict[str, Any]:
    counts = counts_of(part)
    return {
        "part": part,
        "before": Terms.from_json(part.before),
        "after": Terms.from_json(part.after),
        "due": sum(one.delete[0] for one in counts),
        "already": sum(one.already for one in counts),
        "later": sum(one.delete[2] for one in counts),
        "kept": sum(sum(one.kept.values()) for one in counts),
    }
