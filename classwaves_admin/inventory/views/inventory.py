"""What is held of whom, what for, how long, and who can read it: all tables, and one with its columns."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.inventory.actions.surveys import start_survey
from classwaves_admin.inventory.forms import InventoryFilters
from classwaves_admin.inventory.queries.kept import kept_at
from classwaves_admin.inventory.queries.subprocessors import subprocessors
from classwaves_admin.inventory.queries.surveys import Counted, counted, newest_job
from classwaves_admin.inventory.rules.lines import CLASS_WORDS, Wanted, entries, entry_named, meaning
from classwaves_admin.inventory.rules.reading import BY_LINK, counters, programs, readers, words_of
from classwaves_admin.inventory.table import handlers
from classwaves_admin.lib.clock import now

LIST = "inventory"


@require_safe
def inventory(request: StaffRequest) -> HttpResponse:
    """Show the tables that fit: two warehouse queries for the schools' policies, one more now and then."""
    form = InventoryFilters(request.GET)
    wanted = form.wanted() if form.is_valid() else Wanted()
    kept, seen, job = kept_at(school_ids(request)), count_for(request), newest_job()
    working, _ = subprocessors(timezone.localdate(now()))
    context = {
        "form": form,
        "invalid": not form.is_valid(),
        "wanted": wanted,
        "lines": [
            {
                "entry": entry,
                "kept": kept.get(entry.table.retention) if entry.table.retention else None,
                "rows": seen.rows.get(entry.name),
                "readers": words_of(entry.name),
            }
            for entry in (entries(wanted) if form.is_valid() else [])
        ],
        "classes": [(words, meaning(privacy)) for privacy, words in CLASS_WORDS.items()],
        "counted": seen,
        "job": job if job and job.is_open else None,
        "working": len(working),
        "place": place_words(request),
        "query": request.GET.urlencode(),
    }
    return render(request, "inventory/list.html", context)


@require_safe
def inventory_table(request: StaffRequest) -> HttpResponse:
    """Show one table with its columns: two warehouse queries, one more now and then. Raises Http404."""
    name = request.GET.get("name", "")
    if not name:
        return redirect(LIST)
    entry = entry_named(name)
    if entry is None:
        raise Http404("There is no such table.")
    kept, seen = kept_at(school_ids(request)), count_for(request)
    working, _ = subprocessors(timezone.localdate(now()))
    names = handlers(working)
    context = {
        "entry": entry,
        "kept": kept[entry.table.retention] if entry.table.retention else None,
        "rows": seen.rows.get(entry.name),
        "counted": seen,
        "findings": [one for one in seen.findings if one.table == entry.name],
        "readers": readers(entry.name),
        "counters": counters(entry.name),
        "programs": programs(entry.name),
        "by_link": BY_LINK[entry.name][1] if entry.name in BY_LINK else "",
        "handlers": sorted({name for privacy in entry.classes for name in names[privacy]}, key=str.casefold),
        "place": place_words(request),
    }
    return render(request, "inventory/table.html", context)


@require_POST
def inventory_count(request: StaffRequest) -> HttpResponse:
    """Have all rows counted anew."""
    if start_survey(by=request.actor, now=now()):
        messages.success(request, "The rows are being counted. The page shows how far it is.")
    else:
        messages.info(request, "They are being counted, or were counted a few minutes ago.")
    return redirect(LIST)


def is_whole(request: StaffRequest) -> bool:
    """Tell whether somebody looks at the installation itself: ClassWaves, outside of any school and support grant."""
    access = request.access
    return access.may(Permission.MANAGE_SUBPROCESSORS) and request.school is None and access.support is None


def school_ids(request: StaffRequest) -> list[str]:
    """Return the schools whose policies count: the chosen one, all of the person's, none for the installation."""
    if is_whole(request):
        return []
    return [school_id for school_id, _ in request.school_choices if request.school in {None, school_id}]


def count_for(request: StaffRequest) -> Counted:
    """Return the counts that a person sees: of their schools, or of the whole installation."""
    return counted(everywhere=is_whole(request))


def place_words(request: StaffRequest) -> str:
    """Return whose rows and policies are shown."""
    if is_whole(request):
        return "The whole installation"
    names = [name for school_id, name in request.school_choices if request.school in {None, school_id}]
    return names[0] if len(names) == 1 else f"{len(names):,} schools"
