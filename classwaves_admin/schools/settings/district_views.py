"""What a district sets for its schools: values, locks, what they would change in numbers, how they came about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.staff_names import staff_names
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.schools.models import SettingChange
from classwaves_admin.schools.queries import schools_of_district
from classwaves_admin.schools.reach import district_name
from classwaves_admin.schools.settings.actions import CannotStand, Meanwhile, ReasonNeeded, set_for_district
from classwaves_admin.schools.settings.forms import DistrictForm
from classwaves_admin.schools.settings.outside import DOMAINS, shut_out_by_district
from classwaves_admin.schools.settings.queries import DistrictState, effect_of, history_of_district, state_of_district
from classwaves_admin.schools.settings.views import GONE, changes_with_words, editor_of, neighbours, typed_again
from classwaves_admin.schools.settings.words import value_words
from classwaves_admin.schools.settings_registry import SETTINGS, Group
from classwaves_admin.schools.values import OfDistrict
from classwaves_admin.tenancy.scope import system_scope

PAGE = "district-settings"
TAKE_AWAY = "take-away"


@require_safe
def district_settings(request: StaffRequest, district_id: str) -> HttpResponse:
    """Show what the district has set for each key, and whether it is locked: two warehouse queries."""
    name, states = district_name(request, district_id), state_of_district(district_id)
    groups = [(group, [one for one in states.values() if one.setting.group is group]) for group in Group]
    may_change = request.access.may(Permission.MANAGE_DISTRICT)
    editable = [key for key, one in states.items() if may_change and request.access.role in one.setting.editors]
    context = {
        "district_id": district_id,
        "district_name": name,
        "groups": [(group, found) for group, found in groups if found],
        "schools": len(schools_of_district(district_id)),
        "may_change": may_change,
        "editable": editable,
    }
    return render(request, "schools/settings/district.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def district_settings_edit(request: StaffRequest, district_id: str, key: str) -> HttpResponse:
    """Set one key for all schools: what it would change is said in numbers before it is saved."""
    name, states = district_name(request, district_id), state_of_district(district_id)
    if key not in states or request.access.role not in states[key].setting.editors:
        raise Http404("There is no such setting, or it is not yours to change.")
    form = DistrictForm(request.POST if request.method == "POST" else None, state=states[key])
    takes_away = TAKE_AWAY in request.POST and states[key].text is not None
    context: dict[str, Any] = {
        "district_id": district_id,
        "district_name": name,
        "state": states[key],
        "form": form,
        "takes_away": takes_away,
    }
    if request.method == "POST" and form.is_valid():
        if "confirmed" in request.POST:
            answer = _save(request, context, None if takes_away else form.value)
            if answer is not None:
                return answer
        elif not takes_away and (form.value, form.cleaned_data["locked"]) == (_set(states[key]), states[key].locked):
            messages.info(request, "Nothing was different, so nothing is changed.")
            return redirect(PAGE, district_id)
        else:
            return _confirm(request, context, None if takes_away else form.value)
    return render(request, "schools/settings/district_edit.html", context, status=422 if form.errors else 200)


@require_safe
def district_settings_history(request: StaffRequest, district_id: str) -> HttpResponse:
    """Show who changed what the district sets, when, from what to what, and why: two warehouse queries."""
    name = district_name(request, district_id)
    try:
        part = history_of_district(district_id, request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, GONE)
        return redirect("district-settings-history", district_id)
    context = {
        "district_id": district_id,
        "district_name": name,
        **changes_with_words(part),
        **neighbours("district-settings-history", district_id, part),
    }
    return render(request, "schools/settings/district_history.html", context)


def _set(state: DistrictState) -> Any:
    """Return what the district has set; the mark of nothing where it has not, which no value is equal to."""
    return state.value.value if state.text is not None else _set


def _confirm(request: StaffRequest, context: dict[str, Any], value: Any) -> HttpResponse:
    """Say in numbers what the change does, and ask."""
    state: DistrictState = context["state"]
    text, locked = (None, False) if value is None else (state.setting.write(value), _locked(context))
    effect = effect_of(context["district_id"], state.setting.key, text, locked=locked)
    outside = 0
    if state.setting.key == DOMAINS:
        after = None if text is None else OfDistrict(text, locked)
        outside = shut_out_by_district(context["district_id"], effect.changed, after)
    context |= {
        "effect": effect,
        "outside": outside,
        "typed": typed_again(request),
        "locked": locked,
        "before": value_words(state.setting, state.value.value),
        "after": value_words(state.setting, state.setting.default() if value is None else value),
    }
    return render(request, "schools/settings/district_confirm.html", context)


def _save(request: StaffRequest, context: Mapping[str, Any], value: Any) -> HttpResponse | None:
    """Save a change that was confirmed; None where the form says what is wrong."""
    state, form, district_id = context["state"], context["form"], context["district_id"]
    key = state.setting.key
    try:
        effect = set_for_district(
            district_id=district_id,
            key=key,
            value=value,
            locked=_locked(context),
            seen=str(form.data.get("seen", "")),
            reason=form.cleaned_data.get("reason", ""),
            editor=editor_of(request),
            by=request.actor,
            now=now(),
        )
    except Meanwhile:
        return _conflict(request, context, value)
    except ReasonNeeded:
        form.ask_for_reason()
        return None
    except CannotStand as error:
        form.refuse(error.found)
        return None
    changed = len(effect.changed)
    messages.success(
        request, f"{SETTINGS[key].label}: saved. It changed {changed} school{'' if changed == 1 else 's'}."
    )
    return redirect(PAGE, district_id)


def _conflict(request: StaffRequest, context: Mapping[str, Any], value: Any) -> HttpResponse:
    """Show what the district has set meanwhile beside what was typed. The form rests on the new state."""
    state = state_of_district(context["district_id"])[context["state"].setting.key]
    typed = request.POST.copy()
    typed["seen"] = state.print
    for name in ("confirmed", TAKE_AWAY):
        typed.pop(name, None)
    form = DistrictForm(typed, state=state)
    form.is_valid()
    with system_scope(reason="what a district has set binds its schools"):
        changes = SettingChange.objects.filter(district_id=context["district_id"], key=state.setting.key)
        last = changes.order_by("-changed_at", "-id").first()
    shown = {
        **context,
        "state": state,
        "form": form,
        "theirs": "Nothing" if state.text is None else value_words(state.setting, state.value.value),
        "mine": "Nothing" if value is None else value_words(state.setting, value),
        "mine_locked": _locked(context),
        "last": last,
        "people": staff_names([last.changed_by] if last else []),
    }
    return render(request, "schools/settings/district_conflict.html", shown, status=409)


def _locked(context: Mapping[str, Any]) -> bool:
    return bool(context["form"].cleaned_data.get("locked")) and not context["takes_away"]
