"""The numbers of one school: how far consent has come, and what waits for a person. They count and name nobody."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.portal.numbers import waiting
from classwaves_admin.portal.opening import address_for
from classwaves_admin.portal.views.school_scope import in_school
from classwaves_admin.schools.grades import grade_label, grade_place
from classwaves_admin.tenancy.counted import ANEW, counted
from consent.queries.coverage import Coverage, coverage
from consent.queries.worklist import worklist
from consent.templatetags.consent_words import short_type
from consent.vocabulary import ASKED_TYPES, EffectiveStatus
from retention.queries.certificates import removals_late
from retention.queries.changes import open_changes
from retention.queries.requests import due_soon
from retention.views.policies import school_name

# Five tones tell five groups apart; what asks for the same work shares one.
GROUPS: tuple[tuple[str, str, tuple[EffectiveStatus, ...]], ...] = (
    ("Given", "good", (EffectiveStatus.ACTIVE,)),
    ("Waiting for verification", "wait", (EffectiveStatus.UNVERIFIED,)),
    ("Waiting for an answer", "info", (EffectiveStatus.PENDING,)),
    ("Refused, withdrawn or disagreed", "bad",
     (EffectiveStatus.REFUSED, EffectiveStatus.REVOKED, EffectiveStatus.CONFLICT)),
    ("Not asked, expired or adult", "neutral",
     (EffectiveStatus.NOT_ASKED, EffectiveStatus.EXPIRED, EffectiveStatus.SUSPENDED)),
)  # fmt: skip


@require_safe
@in_school
def school_coverage(request: StaffRequest, school_id: str) -> HttpResponse:
    """Show consent by type and grade: two warehouse queries."""
    name = school_name(request, school_id)
    moment = now()
    known = counted("coverage", lambda: coverage(moment), now=moment, anew=ANEW in request.GET)
    together, by_grade = known.value
    grades = sorted(by_grade.items(), key=lambda pair: grade_place(pair[0]))
    context = {
        "known": known,
        "school": {"id": school_id, "name": name},
        "together": together,
        "rows": [{"name": short_type(kind), "parts": _parts(together.types[kind])} for kind in ASKED_TYPES],
        "types": [short_type(kind) for kind in ASKED_TYPES],
        "grades": [_line(grade_label(grade) or "No grade", one) for grade, one in grades],
    }
    return render(request, "schools/coverage.html", context)


@require_safe
@in_school
def school_work(request: StaffRequest, school_id: str) -> HttpResponse:
    """Show what waits for a person at the school, each with the list behind it: three warehouse queries."""
    name, moment = school_name(request, school_id), now()
    known = counted("worklist", lambda: worklist(moment), now=moment, anew=ANEW in request.GET)
    matters = known.value
    numbers = {"requests": due_soon(school_id, moment), "removals": removals_late(school_id, moment)}
    context = {
        "known": known,
        "school": {"id": school_id, "name": name},
        "matters": [(matter, len(lines)) for matter, lines in matters.items.items() if lines],
        "signers": matters.unknown_signers,
        "work": [(one, address_for(request.access, one.page, one.query)) for one in waiting(numbers)],
        "changes": len(open_changes(school_id)),
    }
    return render(request, "schools/work.html", context)


def _parts(counts: Counter[EffectiveStatus]) -> list[dict[str, Any]]:
    return [
        {"label": label, "tone": tone, "count": sum(counts[one] for one in statuses)}
        for label, tone, statuses in GROUPS
    ]


def _line(name: str, numbers: Coverage) -> dict[str, Any]:
    given = [(short_type(kind), numbers.given(kind)) for kind in ASKED_TYPES]
    shares = [(label, number, 100 * number // numbers.students) for label, number in given]
    return {"name": name, "students": numbers.students, "shares": shares}
