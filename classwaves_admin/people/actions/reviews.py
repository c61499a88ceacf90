"""Access reviews: begun as a list, confirmed person by person, closed for good."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from audit.record import Codes
from classwaves_admin.accounts.access import Access
from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.roles import Role
from classwaves_admin.lib.actor import Actor
from classwaves_admin.people.actions.noting import note, schools_of
from classwaves_admin.people.actions.people import change_staff, end_membership
from classwaves_admin.people.models import AccessReview, AccessReviewLine
from classwaves_admin.people.queries.people import MEMBER, everybody, find_membership, find_staff
from classwaves_admin.people.rules.reviews import Decision, term_of
from classwaves_admin.people.rules.roles import may_do

__all__ = ["NotReviewed", "close", "decide", "note_taken", "start"]


class NotReviewed(ValueError):
    """What a review does not take; the text says why, for people."""


def start(
    *, district_id: str, school_id: str, where: str, access: Access, user: User, by: Actor, now: datetime
) -> AccessReview:
    """Begin a review of everybody in scope. Raises NotReviewed where one of the place is open."""
    _check(access)
    with transaction.atomic():
        if AccessReview.objects.filter(district_id=district_id, school_id=school_id, closed_at=None).exists():
            raise NotReviewed("A review is open already.")
        review = AccessReview.objects.create(
            district_id=district_id,
            school_id=school_id,
            where=where,
            term=term_of(now).name,
            started_by=user,
            started_at=now,
        )
        AccessReviewLine.objects.bulk_create(
            AccessReviewLine(
                review=review,
                kind=line.kind,
                subject_id=line.id,
                name=line.name,
                email=line.email,
                role=line.role.label if line.role else "No role",
                may=may_do(line.role) if line.role else [],
                has_mfa=bool(line.sign_in and line.sign_in.has_mfa),
                seen=line.seen,
            )
            for line in everybody(access.scope, now=now)
        )
        _note_change(review, "review_started", by, now)
    return review


def decide(*, line: AccessReviewLine, decision: Decision, access: Access, user: User, by: Actor, now: datetime) -> None:
    """Note what is decided about a person; an end is made at once. Raises NotReviewed, and people.Refused."""
    _check(access)
    with transaction.atomic():
        review = AccessReview.objects.select_for_update().get(pk=line.review_id)
        if review.closed_at is not None:
            raise NotReviewed("This review is closed: it is evidence, and nothing of it changes.")
        if decision is Decision.END:
            _end(line, access, user, by, now)
        AccessReviewLine.objects.filter(pk=line.pk).update(decision=decision, decided_by=str(user), decided_at=now)


def close(*, review: AccessReview, access: Access, user: User, by: Actor, now: datetime) -> None:
    """Close a review for good. Raises NotReviewed while somebody is undecided."""
    _check(access)
    with transaction.atomic():
        review = AccessReview.objects.select_for_update().get(pk=review.pk)
        if review.closed_at is not None:
            raise NotReviewed("This review is closed already.")
        left = review.lines.filter(decision="").count()
        if left:
            raise NotReviewed(f"{left} {'person is' if left == 1 else 'people are'} not decided yet.")
        review.closed_by, review.closed_at = user, now
        review.save(update_fields=["closed_by", "closed_at"])
        _note_change(review, "review_closed", by, now)


def note_taken(*, review: AccessReview, file_format: str, rows: int, sha256: str, by: Actor, now: datetime) -> None:
    """Record that the list of a review's people was handed over, in the log of each school that it concerns."""
    data: Codes = {"format": file_format, "rows": rows, "sha256": sha256}
    with transaction.atomic():
        _note(review, "report.downloaded", data, by, now)


def _check(access: Access) -> None:
    """Refuse ClassWaves, within a grant too: a review is what the district itself says of its people."""
    if access.role is Role.SUPER_ADMIN:
        raise NotReviewed("A district reviews its own people: ClassWaves cannot do it in its name.")


def _end(line: AccessReviewLine, access: Access, user: User, by: Actor, now: datetime) -> None:
    if line.kind == MEMBER:
        membership = find_membership(line.subject_id, access.scope)
        if membership is not None and not membership.has_ended_by(now.date()):
            end_membership(membership=membership, access=access, user=user, by=by, now=now)
        return
    row = find_staff(line.subject_id)
    if row is not None:
        change_staff(row=row, role=row.role, status="deactivated", access=access, user=user, by=by, now=now)


def _note_change(review: AccessReview, change: str, by: Actor, now: datetime) -> None:
    _note(review, "access.reviewed", {"change": change, "term": review.term}, by, now)


def _note(review: AccessReview, event: str, data: Codes, by: Actor, now: datetime) -> None:
    schools = schools_of(review.district_id, [review.school_id])
    note(event, schools=schools, resource=("access_review", review.pk), data=data, by=by, now=now)
