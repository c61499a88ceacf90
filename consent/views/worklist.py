"""What needs a person, one matter at a time."""

from __future__ import annotations

from dataclasses import asdict

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.tenancy.counted import ANEW, counted
from consent.actions.check_flags import repair_flags
from consent.actions.looking import note_shown
from consent.models import BlockedRenewal
from consent.queries.glances import office_watch
from consent.queries.worklist import worklist as what_waits
from consent.rules.worklist import Matter

LIST = "worklist"
# Lines of a page; the number of all stands above them.
MOST_SHOWN = 100
_LONGEST_PLACE = 10
# What each matter means and what to do about it, above its lines.
ADVICE = {
    Matter.RECORDED: "A recording holds the voice of a student who might not be recorded at that time. Look into it, "
    "have the recording deleted, then note how it was handled.",
    Matter.CONFLICT: "One guardian consents and another refuses. Nothing is permitted until you settle it.",
    Matter.DRIFT: "The flags that the classroom reads differ from the consents on record. The nightly check sets "
    "them right; you can do so now.",
    Matter.UNVERIFIED: "Somebody said yes more than {overdue_days} days ago and did not take the second step. Call "
    "them, or record their consent on paper.",
    Matter.ENDING: "These consents end within {ends_soon_days} days. The guardians are asked again before.",
    Matter.BOUNCED: "A mail to a guardian came back, so nothing more is sent. Correct the address with the family, "
    "or say that it works again.",
    Matter.AUTHORITY: "The school has not said what a person is to the child, so no mail goes out. State the "
    "relationship, or ask a guardian who has the right to consent.",
    Matter.ADULT: "The rights have passed to these students (34 CFR 99.5), and no request could be sent to them. "
    "Ask them in person or on paper.",
    Matter.NAMELESS: "No mail can name these students, so nobody is asked about them, nor again before a consent ends. "
    "Correct the name in the school’s records and import the roster again.",
}


def worklist(request: StaffRequest) -> HttpResponse:
    """Show how much waits, and the lines of one matter: three warehouse queries."""
    moment = now()
    known = counted("worklist", lambda: what_waits(moment), now=moment, anew=ANEW in request.GET)
    waiting = known.value
    chosen = _chosen(request.GET.get("matter", ""), [matter for matter, lines in waiting.items.items() if lines])
    number = len(waiting.items[chosen]) if chosen else 0
    start = _start(request.GET.get("cursor", ""), number)
    lines = waiting.items[chosen][start : start + MOST_SHOWN] if chosen else []
    if known.kept and chosen:  # what was settled since is not shown again
        lines = what_waits(moment, among={line.student_id for line in lines}).items[chosen]
    note_shown(
        by=request.actor,
        students=[(line.student_id, line.school_id) for line in lines],
        filters=[chosen.value] if chosen else [],
        page=LIST,
    )
    schools = dict(request.school_choices)
    context = {
        "known": known,
        "matters": [(matter, len(found), matter is chosen) for matter, found in waiting.items.items()],
        "total": waiting.total,
        "signers_label": f"Signer not known ({waiting.unknown_signers:,})",
        "chosen": chosen,
        "advice": _advice(chosen) if chosen else "",
        "lines": lines,
        "number": number,
        "most": MOST_SHOWN,
        "schools": schools,
        "blocked": BlockedRenewal.objects.order_by("school_id"),
        "several_schools": len(schools) > 1 and request.school is None,
        **neighbours(
            request,
            LIST,
            previous=str(start - MOST_SHOWN) if start else "",
            following=str(start + MOST_SHOWN) if start + MOST_SHOWN < number else "",
        ),
    }
    return render(request, "consent/staff/worklist.html", context)


@require_POST
def set_flags_right(request: StaffRequest) -> HttpResponse:
    """Set the flags of the chosen students right."""
    chosen = [one for one in request.POST.getlist("student")[:MOST_SHOWN] if "\0" not in one]
    repaired = repair_flags(student_ids=chosen, by=request.actor, now=now())
    if repaired:
        said = ngettext(
            "The flags of %(n)d student are right again.", "The flags of %(n)d students are right again.", repaired
        )
        messages.success(request, said % {"n": repaired})
    else:
        messages.info(request, "Nothing was to be set right any more.")
    return redirect("worklist")


def _start(asked: str, number: int) -> int:
    """Return the place of the first line to show: the start of the page asked for, of the last where that is gone."""
    place = int(asked) if asked.isdecimal() and len(asked) < _LONGEST_PLACE else 0
    return min(place, max(number - 1, 0)) // MOST_SHOWN * MOST_SHOWN


def _advice(matter: Matter) -> str:
    return ADVICE[matter].format_map(asdict(office_watch()))


def _chosen(asked: str, waiting: list[Matter]) -> Matter | None:
    """Return the matter to show: the one asked for where it has lines, else the most pressing."""
    return next((matter for matter in waiting if matter == asked), waiting[0] if waiting else None)
