"""Settings of a school: what holds and where it comes from, a form for each group, how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from classwaves_admin.accounts.directory import district_name
from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.accounts.staff_names import staff_names
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor, Page
from classwaves_admin.schools.models import SettingChange
from classwaves_admin.schools.reach import school_or_404
from classwaves_admin.schools.setting_kinds import Kind
from classwaves_admin.schools.settings.actions import CannotStand, Meanwhile, NotEditable, ReasonNeeded, change_settings
from classwaves_admin.schools.settings.forms import SchoolForm, field_name
from classwaves_admin.schools.settings.outside import DOMAINS, shut_out
from classwaves_admin.schools.settings.queries import Line, Sheet, history_of_school, sheet_of
from classwaves_admin.schools.settings.rules import Editor, problems
from classwaves_admin.schools.settings.words import origin_words, stored_words, value_words
from classwaves_admin.schools.settings_registry import SETTINGS, Group
from classwaves_admin.schools.values import Origin
from classwaves_admin.warehouse.models import School
from classwaves_admin.warehouse.outbox import gateway

__all__ = [
    "changes_with_words",
    "editor_of",
    "neighbours",
    "school_settings",
    "school_settings_edit",
    "shortly",
    "typed_again",
]

PAGE = "school-settings"
GONE = "That page of the history is gone. This is the first one."


@require_safe
def school_settings(request: StaffRequest, school_id: str) -> HttpResponse:
    """Show every setting with what holds, who says so, and what is wrong with its rows: three warehouse queries."""
    school, sheet = school_or_404(school_id), sheet_of(school_id)
    may_change = request.access.may(Permission.MANAGE_SETTINGS)
    groups = [
        {
            "group": group,
            "lines": lines,
            "may_edit": may_change and bool(_editable(request, lines)),
        }
        for group, lines in _by_group(sheet)
    ]
    district = district_name(sheet.district_id) if sheet.district_id else ""
    context = {"school": school, "groups": groups, "sheet": sheet, "district": district, "may_change": may_change}
    return render(request, "schools/settings/school.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def school_settings_edit(request: StaffRequest, school_id: str, group: str) -> HttpResponse:
    """Change the settings of one group. Two people at once: the second sees both versions."""
    school, sheet = school_or_404(school_id), sheet_of(school_id)
    lines = _editable(request, dict(_by_group(sheet)).get(_group(group), []))
    if not lines:
        raise Http404("There is nothing to edit.")
    form = SchoolForm(request.POST if request.method == "POST" else None, lines=lines)
    if request.method == "POST" and form.is_valid():
        answer = _confirm(request, school, sheet, form) or _save(request, school, _group(group), form)
        if answer is not None:
            return answer
    context = {"school": school, "group": _group(group), "form": form, "left_out": _left_out(sheet, group, lines)}
    return render(request, "schools/settings/edit.html", context, status=422 if form.errors else 200)


@require_safe
def school_settings_history(request: StaffRequest, school_id: str) -> HttpResponse:
    """Show who changed what, when, from what to what, and why: two warehouse queries."""
    school = school_or_404(school_id)
    try:
        part = history_of_school(school_id, request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, GONE)
        return redirect("school-settings-history", school_id)
    context = {"school": school, **changes_with_words(part), **neighbours("school-settings-history", school_id, part)}
    return render(request, "schools/settings/history.html", context)


def editor_of(request: StaffRequest) -> Editor:
    """Return who changes a setting, as the rules see them."""
    address = cast(User, request.user).email
    return Editor(address.rpartition("@")[2].lower(), settings.STAFF_MFA_REQUIRED)


def changes_with_words(part: Page[SettingChange]) -> dict[str, Any]:
    """Return a page of changes with their words, and the people who made them: one warehouse query."""
    lines = [
        {
            "change": one,
            "label": SETTINGS[one.key].label if one.key in SETTINGS else one.key,
            "before": _held_words(one.key, one.before, one.held_before, one.origin_before),
            "after": _held_words(one.key, one.after, one.held_after, one.origin_after),
        }
        for one in part.rows
    ]
    return {"lines": lines, "people": staff_names(one.changed_by for one in part.rows)}


def _held_words(key: str, text: str | None, held: str | None, origin: str) -> str:
    """Return what counted and who said so, or what alone is known of an older change: the own text."""
    if not origin:
        return stored_words(key, text)
    words, said = stored_words(key, held), Origin(origin)
    return words if said is Origin.SCHOOL else f"{words} ({origin_words(said)})"


def neighbours(url_name: str, owner: str, part: Page[SettingChange]) -> dict[str, str]:
    """Return the addresses of the pages around a page of a history."""
    here = reverse(url_name, args=[owner])
    found = {"previous_url": part.previous, "next_url": part.next}
    links = {name: f"{here}?cursor={cursor}" if cursor else "" for name, cursor in found.items()}
    return {"first_url": here if part.previous else "", **links}


def shortly() -> str:
    """Return the sentence for a change that waits for the catalog; nothing where none does."""
    return " It will appear in the catalog shortly." if gateway.pending() else ""


def _by_group(sheet: Sheet) -> list[tuple[Group, list[Line]]]:
    return [(group, [line for line in sheet.lines.values() if line.setting.group is group]) for group in Group]


def _group(name: str) -> Group:
    found = next((group for group in Group if group == name), None)
    if found is None:
        raise Http404("There is no such group of settings.")
    return found


def _editable(request: StaffRequest, lines: Sequence[Line]) -> list[Line]:
    """Return the lines that the person may edit in a form: the logo has a page of its own."""
    role = request.access.role
    return [
        line
        for line in lines
        if line.is_editable and role in line.setting.editors and line.setting.kind is not Kind.JSON
    ]


def _left_out(sheet: Sheet, group: str, lines: Sequence[Line]) -> list[Line]:
    """Return the lines of the group that the form leaves out, to say why."""
    of_group = dict(_by_group(sheet))[_group(group)]
    return [one for one in of_group if one not in lines and one.setting.kind is not Kind.JSON]


def typed_again(request: StaffRequest) -> list[tuple[str, str]]:
    """Return what was typed, to be sent once more by a page that asks before it is saved."""
    names = [name for name in request.POST if name != "csrfmiddlewaretoken"]
    return [(name, one) for name in names for one in request.POST.getlist(name)]


def _confirm(request: StaffRequest, school: School, sheet: Sheet, form: SchoolForm) -> HttpResponse | None:
    """Show what holds and what would, and whom it shuts out; None where no key of privacy gets another value.

    None too for what cannot be saved: the form says why.
    """
    after = {key: sheet.lines[key].inherited.value if one is None else one for key, one in form.wanted.items()}
    moved = [one for key, one in sheet.lines.items() if key in after and after[key] != one.value.value]
    asked = any(one.setting.private for one in moved) and bool(form.cleaned_data.get("reason", "").strip())
    values = {key: one.value.value for key, one in sheet.lines.items()} | after
    if "confirmed" in request.POST or not asked or problems(values, editor_of(request), frozenset(after)):
        return None
    domains = sheet.lines[DOMAINS].value.value
    context = {
        "school": school,
        "group": moved[0].setting.group,
        "typed": typed_again(request),
        "outside": shut_out({school.id: (domains, after[DOMAINS])}) if DOMAINS in after else 0,
        "pairs": [(one, value_words(one.setting, after[one.setting.key])) for one in moved],
    }
    return render(request, "schools/settings/confirm.html", context)


def _save(request: StaffRequest, school: School, group: Group, form: SchoolForm) -> HttpResponse | None:
    """Save what a valid form asks for; None where the form says what is wrong."""
    try:
        changed = change_settings(
            school_id=school.id,
            wanted=form.wanted,
            seen=form.seen(),
            reason=form.cleaned_data.get("reason", ""),
            editor=editor_of(request),
            by=request.actor,
            now=now(),
        )
    except Meanwhile:
        return _conflict(request, school, group, form)
    except ReasonNeeded:
        form.ask_for_reason()
        return None
    except CannotStand as error:
        form.refuse(error.found)
        return None
    except NotEditable:
        messages.warning(request, "The district has locked this meanwhile, or the row may not be edited.")
        return redirect(PAGE, school.id)
    if changed:
        messages.success(request, f"Saved: {'; '.join(_told(form, key) for key in changed)}.{shortly()}")
    else:
        messages.info(request, "Nothing was different, so nothing is changed.")
    return redirect(PAGE, school.id)


def _told(form: SchoolForm, key: str) -> str:
    """Return the words for one change that was saved: what held, and what holds."""
    line, wanted = next(one for one in form.lines if one.setting.key == key), form.wanted[key]
    after = line.inherited.value if wanted is None else wanted
    return f"{line.setting.label}, {value_words(line.setting, line.value.value)} → {value_words(line.setting, after)}"


def _conflict(request: StaffRequest, school: School, group: Group, form: SchoolForm) -> HttpResponse:
    """Show what stands there now beside what was typed. The form rests on the new state."""
    sheet = sheet_of(school.id)
    lines = _editable(request, dict(_by_group(sheet))[group])
    seen = form.seen()
    pairs = [
        {
            "label": line.setting.label,
            "theirs": value_words(line.setting, line.value.value),
            "mine": _mine(form, line),
            "moved": seen.get(line.setting.key) != line.print,
            "wanted": line.setting.key in form.wanted,
        }
        for line in lines
    ]
    again = SchoolForm(_over(form, lines), lines=lines)
    again.is_valid()
    last = SettingChange.objects.filter(school_id=school.id).order_by("-changed_at", "-id").first()
    context = {
        "school": school,
        "group": group,
        "form": again,
        "pairs": [one for one in pairs if one["moved"] or one["wanted"]],
        "last": last,
        "people": staff_names([last.changed_by] if last else []),
    }
    return render(request, "schools/settings/conflict.html", context, status=409)


def _mine(form: SchoolForm, line: Line) -> str:
    """Return what the person wants of a key, in words."""
    key = line.setting.key
    if form.cleaned_data.get(f"back-{field_name(key)}"):
        return f"Go back to {value_words(line.setting, line.inherited.value)}"
    if key in form.wanted:
        return value_words(line.setting, form.wanted[key])
    return "As it was"


def _over(form: SchoolForm, lines: Sequence[Line]) -> QueryDict:
    """Return what was typed as if it had been typed over the state of now.

    What the person left as it was follows the other's change.
    """
    kept = cast(QueryDict, form.data).copy()
    fresh = SchoolForm(lines=lines)
    for line in lines:
        name = field_name(line.setting.key)
        if line.setting.key not in form.wanted:
            value = fresh[name].value()
            kept.setlist(name, [str(one) for one in value] if isinstance(value, list) else [str(value)])
    kept["seen"] = str(fresh["seen"].value())
    return kept
