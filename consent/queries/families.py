"""Guardians of students, and what has been asked of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from classwaves_admin.tenancy.scope import system_scope
from consent.models import Answer, Guardian, Guardianship, Invitation, InvitationChild, RightsTransfer
from consent.queries.notices import numbers_of
from consent.queries.rows import restricted_guardians
from consent.rules.invitations import Times, state_of
from consent.rules.notices import Said, is_outdated, to_ask_again
from consent.vocabulary import PARENTAL_RELATIONSHIPS, InvitationState, Relationship


def times_of(invitation: Invitation) -> Times:
    """Return what the rules need of an invitation."""
    return Times(
        expires_at=invitation.expires_at,
        sent_at=invitation.sent_at,
        opened_at=invitation.opened_at,
        answered_at=invitation.answered_at,
        verified_at=invitation.verified_at,
        revoked_at=invitation.revoked_at,
    )


def invitation_state(invitation: Invitation, now: datetime) -> InvitationState:
    """Return where a request for consent stands."""
    return state_of(times_of(invitation), now)


def guardianships_of(student_ids: Collection[str]) -> list[Guardianship]:
    """Return who answers for the students, with the guardian, in a steady order."""
    return list(
        Guardianship.objects.filter(student_id__in=student_ids)
        .select_related("guardian")
        .order_by("guardian_id", "student_id")
    )


def answers_for(guardian_id: str, student_ids: Collection[str]) -> set[str]:
    """Return those of the students for whom the guardian may answer today.

    Not where a court order stands against it, or against somebody who reads the same mailbox, the tie has ended, or
    nobody has said what the person is. Once the rights have passed at 18, the student alone answers (34 CFR 99.5).
    """
    ties = Guardianship.objects.filter(
        guardian_id=guardian_id,
        guardian__restricted_at=None,
        student_id__in=student_ids,
        restricted=False,
        relationship__in=[*PARENTAL_RELATIONSHIPS, Relationship.SELF],
    )
    passed, barred = with_own_rights(student_ids), restricted_guardians(student_ids)
    return {
        student_id
        for student_id, relationship, address in ties.values_list("student_id", "relationship", "guardian__email")
        if (relationship == Relationship.SELF) is (student_id in passed)
        and not barred.holds(student_id, guardian_id, address)
    }


def sharing_mailbox(guardian: Guardian, student_ids: Collection[str]) -> list[Guardianship]:
    """Return the ties of other guardians to these students who have the guardian's address, at whichever school."""
    if not guardian.email:
        return []
    with system_scope(reason="a mailbox knows no school"):
        ties = Guardianship.objects.filter(student_id__in=student_ids, guardian__email__iexact=guardian.email)
        return list(ties.exclude(guardian=guardian).order_by("guardian_id", "student_id"))


def with_own_rights(student_ids: Collection[str]) -> set[str]:
    """Return those of the students whose rights have passed to them. No warehouse query."""
    passed = RightsTransfer.objects.filter(student_id__in=student_ids)
    return set(passed.values_list("student_id", flat=True))


def answers_for_self(guardian_id: str) -> bool:
    """Tell whether this contact is an adult student who answers alone, rather than somebody's parent."""
    return bool(answering_for_themselves([guardian_id]))


def answering_for_themselves(guardian_ids: Collection[str]) -> set[str]:
    """Return those contacts that are adult students who answer alone."""
    own = Guardianship.objects.filter(guardian_id__in=guardian_ids, relationship=Relationship.SELF)
    return set(own.values_list("guardian_id", flat=True))


def open_invitations(guardian_ids: Collection[str], *, student_id: str | None = None) -> QuerySet[Invitation]:
    """Return the requests with a link that may still do something: not verified and not called back.

    With `student_id`, only those that name this student.
    """
    requests = Invitation.objects.filter(guardian_id__in=guardian_ids, verified_at=None, revoked_at=None)
    if student_id is None:
        return requests
    named = InvitationChild.objects.filter(student_id=student_id)
    return requests.filter(pk__in=named.values("invitation_id"))


def requests_to_parents(student_id: str) -> QuerySet[Invitation]:
    """Return the requests about a student that are not finished and went to somebody else."""
    own = Guardianship.objects.filter(student_id=student_id, relationship=Relationship.SELF)
    requests = Invitation.objects.filter(children__student_id=student_id, verified_at=None, revoked_at=None)
    return requests.exclude(guardian_id__in=own.values("guardian_id"))


def asked_and_open(guardian_ids: Collection[str], now: datetime) -> set[tuple[str, str]]:
    """Return pairs of guardian and student with a request that can still be answered."""
    return set(
        InvitationChild.objects.filter(
            invitation__guardian_id__in=guardian_ids,
            invitation__answered_at=None,
            invitation__revoked_at=None,
            invitation__expires_at__gt=now,
        ).values_list("invitation__guardian_id", "student_id")
    )


def answered(guardian_ids: Collection[str], now: datetime) -> set[tuple[str, str]]:
    """Return pairs of guardian and student with an answer that still stands or waits for its second step.

    Not where a consent was given to a notice that has changed in meaning since: it stays in force, and the
    guardian is asked again.
    """
    stands = Q(given=False) | Q(verified_at__isnull=False) | Q(invitation__revoked_at=None)
    in_time = Q(expires_at=None) | Q(expires_at__gt=now)
    answers = Answer.objects.filter(stands & in_time, guardian_id__in=guardian_ids, revoked_at=None)
    said: dict[tuple[str, str, str], list[Said]] = {}
    for one in answers:
        facts = Said(one.consent_type, one.given, one.notice_id or "", one.answered_at)
        said.setdefault((one.guardian_id, one.student_id, one.school_id), []).append(facts)
    numbers = numbers_of({school_id for *_, school_id in said})
    return {
        (guardian_id, student_id)
        for (guardian_id, student_id, school_id), answers_of in said.items()
        if not to_ask_again(answers_of, numbers[school_id])
    }


def under_older_notice(now: datetime, *, school: str = "") -> set[str]:
    """Return the students in scope, or of one school, with a guardian whom `answered` leaves to be asked again.

    A consent that they gave stands on a notice that has changed in meaning since; what they said later of the same
    type is no such consent. No warehouse query.
    """
    in_time = Q(expires_at=None) | Q(expires_at__gt=now)
    given = Answer.objects.filter(in_time, given=True, verified_at__isnull=False, revoked_at=None)
    if school:
        given = given.filter(school_id=school)
    versions = set(given.values_list("school_id", "notice_id").distinct())
    numbers = numbers_of({school_id for school_id, _ in versions})
    older = {version for school_id, version in versions if version and is_outdated(version, numbers[school_id])}
    later = Answer.objects.filter(
        guardian_id=OuterRef("guardian_id"),
        student_id=OuterRef("student_id"),
        consent_type=OuterRef("consent_type"),
        answered_at__gt=OuterRef("answered_at"),
        revoked_at=None,
    )
    return set(given.filter(~Exists(later), notice__in=older).values_list("student_id", flat=True))


def children_of(invitation: Invitation) -> list[str]:
    """Return the ids of the students that an invitation asks about, in a steady order."""
    children = InvitationChild.objects.filter(invitation=invitation).order_by("student_id")
    return list(children.values_list("student_id", flat=True))


def children_of_all(invitation_ids: Collection[str]) -> dict[str, list[str]]:
    """Return the same for many invitations, by their ids."""
    found: dict[str, list[str]] = {invitation_id: [] for invitation_id in invitation_ids}
    children = InvitationChild.objects.filter(invitation_id__in=list(found)).order_by("student_id")
    for invitation_id, student_id in children.values_list("invitation_id", "student_id"):
        found[invitation_id].append(student_id)
    return found
