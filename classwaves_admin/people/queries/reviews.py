"""Access reviews as pages show them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Q, QuerySet

from classwaves_admin.accounts.access import Access
from classwaves_admin.lib import keyset
from classwaves_admin.people.models import AccessReview, AccessReviewLine
from classwaves_admin.people.rules.reviews import term_of
from classwaves_admin.schools.queries import districts_of
from classwaves_admin.tenancy.scope import Scope

PAGE_SIZE = 50


def reviews_in(scope: Scope) -> QuerySet[AccessReview]:
    """Return the reviews of the scope's districts and schools, newest first. ClassWaves reviews nobody's people."""
    within = Q(district_id__in=scope.districts or ()) & ~Q(district_id="")
    of_schools = Q(school_id__in=scope.schools or ()) & ~Q(school_id="")
    rows = AccessReview.objects.filter(within | of_schools).select_related("started_by", "closed_by")
    return rows.order_by("-started_at", "-id")


def find_review(review_id: str, scope: Scope) -> AccessReview | None:
    """Return a review of the scope, or None."""
    return reviews_in(scope).filter(pk=review_id).first()


def line_page(review: AccessReview, cursor: str) -> keyset.Page[AccessReviewLine]:
    """Return a page of a review's people. Raises BadCursor."""
    return keyset.page(review.lines.all(), order=("email", "id"), size=PAGE_SIZE, cursor=cursor)


def undecided(review: AccessReview) -> int:
    """Return how many people are not decided yet."""
    found = review.lines.aggregate(left=Count("pk", filter=Q(decision="")))
    return int(found["left"])


def place_to_review(access: Access, school: str) -> tuple[str, str]:
    """Return the district, or the school, whose people a person reviews; two empty texts for nobody's.

    `school` is the one that they look at, empty for all in scope. Within a support grant nobody reviews.
    """
    if access.support:
        return "", ""
    if school:
        return "", school
    districts, schools = access.scope.districts or (), access.scope.schools or ()
    if len(districts) == 1:
        return districts[0], ""
    return "", schools[0] if len(schools) == 1 else ""


def reviews_due(access: Access, school: str, *, now: datetime) -> int:
    """Return how many reviews this person has to begin or close in this term: one or none.

    At most one warehouse query, for the district of a school; none where its settings are remembered.
    """
    district, own = place_to_review(access, school)
    return int(bool(district or own) and is_due(district, own, now=now))


def is_due(district_id: str, school_id: str, *, now: datetime) -> bool:
    """Tell whether no review of the place was closed in this term. That of a school's district holds its people too.

    At most one warehouse query, for the district of a school; none where its settings are remembered.
    """
    place = Q(district_id=district_id, school_id=school_id)
    if school_id and (district := districts_of([school_id])[school_id]):
        place |= Q(district_id=district, school_id="")
    return not AccessReview.objects.filter(place, closed_at__date__gte=term_of(now).first).exists()
