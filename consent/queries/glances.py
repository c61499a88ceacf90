"""Where the students of one page stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef

from consent.models import Invitation, InvitationChild
from consent.queries.circumstances import circumstances_of
from consent.queries.rows import RecordedConsent, consents_of, facts_of
from consent.rules.effective import Circumstances
from consent.rules.overview import Glance, glance
from consent.rules.watch import Watch


def glances_of(schools: Mapping[str, str], now: datetime) -> Mapping[str, Glance]:
    """Return where each student stands: two queries to the warehouse, however many students, and the schools' settings.

    `schools` names the school of each student.
    """
    return glances_from(consents_of(schools), circumstances_of(schools, now), open_requests(now, schools), now)


def glances_from(
    consents: Mapping[str, Collection[RecordedConsent]],
    about: Mapping[str, Circumstances],
    asked: Collection[str],
    now: datetime,
) -> Mapping[str, Glance]:
    """Return where each student stands from rows that were read already. No query."""
    watch = office_watch()
    return {
        student_id: glance(facts_of(rows), about[student_id], now, asked=student_id in asked, watch=watch)
        for student_id, rows in consents.items()
    }


def open_requests(now: datetime, student_ids: Collection[str] | None = None) -> set[str]:
    """Return the students about whom a guardian can still answer a request: of these, or of all in scope.

    Reads the portal's own database alone.
    """
    requests = Invitation.objects.filter(answered_at=None, revoked_at=None, expires_at__gt=now)
    if student_ids is None:
        children = InvitationChild.objects.filter(invitation__in=requests)
    else:
        of_child = requests.filter(pk=OuterRef("invitation_id"))
        children = InvitationChild.objects.filter(Exists(of_child), student_id__in=student_ids)
    return set(children.values_list("student_id", flat=True))


def office_watch() -> Watch:
    """Return from when on the office looks, as the settings say."""
    return Watch(overdue_days=settings.CONSENT_OVERDUE_DAYS, ends_soon_days=settings.CONSENT_ENDS_SOON_DAYS)
