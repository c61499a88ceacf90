"""Access reviews: the list, the people of one, decisions, closing, evidence."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import address, neighbours
from classwaves_admin.people.actions.people import Refused
from classwaves_admin.people.actions.reviews import NotReviewed, close, decide, note_taken, start
from classwaves_admin.people.models import AccessReview
from classwaves_admin.people.pdf import Listed, listed, to_pdf
from classwaves_admin.people.queries.people import MEMBER
from classwaves_admin.people.queries.reviews import (
    find_review,
    line_page,
    place_to_review,
    reviews_due,
    reviews_in,
    undecided,
)
from classwaves_admin.people.queries.support import district_names
from classwaves_admin.people.rules.reviews import Decision, term_of
from classwaves_admin.people.views.clock import clock_of
from classwaves_admin.warehouse.outbox.holding import OnItsWay

LIST, DETAIL = "review-list", "review-detail"
MOST = 100
ON_ITS_WAY = "Somebody else’s change is on its way to the catalog. Nothing was changed: try it again in a moment."


@require_http_methods(["GET", "HEAD", "POST"])
def review_list(request: StaffRequest) -> HttpResponse:
    """Show the reviews of the scope; posted, begin one: one warehouse query for the name of a district."""
    district, school = place_to_review(request.access, request.school or "")
    if request.method == "POST" and (district or school):
        names = district_names([district]) if district else dict(request.school_choices)
        try:
            review = start(
                district_id=district,
                school_id=school,
                where=names.get(district or school, ""),
                access=request.access,
                user=cast(User, request.user),
                by=request.actor,
                now=now(),
            )
            return redirect(DETAIL, review.pk)
        except NotReviewed as refusal:
            messages.info(request, str(refusal))
        return redirect(LIST)
    context = {
        "reviews": reviews_in(request.access.scope)[:MOST],
        "term": term_of(now()).name,
        "can_start": bool(district or school),
        "due": reviews_due(request.access, request.school or "", now=now()),
        "clock": clock_of(request),
    }
    return render(request, "people/reviews/list.html", context)


@require_safe
def review_detail(request: StaffRequest, review_id: str) -> HttpResponse:
    """Show the people of a review. No warehouse query."""
    review = _review(request, review_id)
    try:
        part = line_page(review, request.GET.get("cursor", ""))
    except BadCursor:
        return redirect(DETAIL, review_id)
    context = {
        "review": review,
        "lines": part.rows,
        "left": undecided(review),
        "clock": clock_of(request),
        "cursor": request.GET.get("cursor", ""),
        **neighbours(request, DETAIL, previous=part.previous, following=part.next, parts=(review_id,)),
    }
    return render(request, "people/reviews/detail.html", context)


@require_POST
def review_decide(request: StaffRequest, review_id: str) -> HttpResponse:
    """Note what is decided about one person, and lead back to the same place; to change one, to the person's page."""
    review = _review(request, review_id)
    line = review.lines.filter(pk=request.POST.get("line", "")).first()
    word = request.POST.get("decision", "")
    if line is None or word not in Decision.values:
        return redirect(DETAIL, review_id)
    try:
        user = cast(User, request.user)
        decide(line=line, decision=Decision(word), access=request.access, user=user, by=request.actor, now=now())
    except NotReviewed as refusal:
        messages.info(request, str(refusal))
    except Refused as refused:
        messages.error(request, refused.refusal)
    except OnItsWay:
        messages.warning(request, ON_ITS_WAY)
    else:
        if word == Decision.CHANGE:
            return redirect("person-member" if line.kind == MEMBER else "person-staff", line.subject_id)
    here = address(DETAIL, [("cursor", request.POST.get("cursor", ""))], (review_id,))
    return redirect(f"{here}#line-{line.pk}")


@require_POST
def review_close(request: StaffRequest, review_id: str) -> HttpResponse:
    """Close a review for good."""
    try:
        review = _review(request, review_id)
        close(review=review, access=request.access, user=cast(User, request.user), by=request.actor, now=now())
        messages.success(request, "Closed. It is evidence now, and nothing of it changes.")
    except NotReviewed as refusal:
        messages.info(request, str(refusal))
    return redirect(DETAIL, review_id)


@require_safe
def review_csv(request: StaffRequest, review_id: str) -> HttpResponse:
    """Hand a review over as a table."""
    review = _review(request, review_id)
    table = listed(review)
    return _file(request, review, table, table.csv, "csv", "text/csv; charset=utf-8")


@require_safe
def review_pdf(request: StaffRequest, review_id: str) -> HttpResponse:
    """Hand a review over as it is printed. The hash in it is that of the table of the same moment."""
    review = _review(request, review_id)
    table = listed(review)
    made = {"name": str(request.user), "role": request.access.role.label if request.access.role else ""}
    printed = to_pdf(review, sha256=table.sha256, made=made, at=now(), clock=clock_of(request))
    return _file(request, review, table, printed, "pdf", "application/pdf")


def _file(
    request: StaffRequest, review: AccessReview, table: Listed, content: bytes, file_format: str, content_type: str
) -> HttpResponse:
    note_taken(
        review=review, file_format=file_format, rows=table.rows, sha256=table.sha256, by=request.actor, now=now()
    )
    headers = {
        "Content-Disposition": f'attachment; filename="access-review.{file_format}"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(content, content_type=content_type, headers=headers)


def _review(request: StaffRequest, review_id: str) -> AccessReview:
    """Return a review of the person's district or school. Raises Http404."""
    review = find_review(review_id, request.access.scope)
    if review is None:
        raise Http404("There is no such review.")
    return review
