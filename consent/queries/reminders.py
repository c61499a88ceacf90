"""Requests that may need a reminder. The portal's own database alone, but for the schools' time zones."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from classwaves_admin.notifications.rules import is_address
from classwaves_admin.schools.queries import time_zones
from classwaves_admin.schools.values import values
from consent.models import Answer, Invitation
from consent.queries.families import times_of
from consent.rules.reminders import Timetable, Waiting


def timetables(school_ids: Iterable[str]) -> dict[str, Timetable]:
    """Return the days of each school. At most one warehouse query, none for what is remembered."""
    schools = set(school_ids)
    answer, confirm = values(schools, "reminders.answer_days"), values(schools, "reminders.confirm_days")
    before_end, hour = values(schools, "reminders.expiry_days"), values(schools, "reminders.hour")
    return {
        one: Timetable(answer[one].value, confirm[one].value, before_end[one].value, hour[one].value) for one in schools
    }


def waiting_requests(now: datetime) -> QuerySet[Invitation]:
    """Return the requests in scope that wait for a guardian who may be written to; the rule decides about the day."""
    second_step = _second_step(OuterRef("pk"))
    unanswered = Q(answered_at=None, expires_at__gt=now, sent_at__isnull=False)
    return (
        Invitation.objects.filter(
            unanswered | (Q(answered_at__isnull=False) & Exists(second_step)),
            revoked_at=None,
            verified_at=None,
            reminders_stopped_at=None,
            guardian__restricted_at=None,
            guardian__bounced_at=None,
        )
        .exclude(guardian__email="")
        .select_related("guardian")
    )


def waiting_of(invitations: Collection[Invitation]) -> dict[str, Waiting]:
    """Return what decides about reminders of these requests, by id: at most one warehouse query."""
    zones = time_zones(one.school_id for one in invitations)
    guardians = {one.guardian_id for one in invitations}
    mailed = dict(
        Invitation.objects.filter(guardian_id__in=guardians)
        .order_by()
        .values_list("guardian_id")
        .annotate(last=Max("mailed_at"))
    )
    awaiting = set(_second_step([one.pk for one in invitations]).values_list("invitation_id", flat=True))
    found = {}
    for one in invitations:
        mailed_at = one.mailed_at or one.created_at
        found[one.pk] = Waiting(
            times=times_of(one),
            zone=zones[one.school_id],
            mailed_at=mailed_at,
            last_mail_to_guardian=mailed.get(one.guardian_id) or mailed_at,
            awaits_second_step=one.pk in awaiting,
            renews_until=one.renews_until,
            reachable=is_address(one.guardian.email) and one.guardian.bounced_at is None,
            restricted=one.guardian.restricted_at is not None,
            stopped=one.reminders_stopped_at is not None,
        )
    return found


def _second_step(invitation: OuterRef | Collection[str]) -> QuerySet[Answer]:
    """Return the answers of one or several requests that wait for their second step."""
    waiting = Answer.objects.filter(awaits_second_step=True, verified_at=None, revoked_at=None)
    return (
        waiting.filter(invitation=invitation)
        if isinstance(invitation, OuterRef)
        else waiting.filter(invitation__in=invitation)
    )
