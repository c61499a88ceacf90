"""Writes requests to guardians and queues their mails, for one guardian or a portion of a school's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connections

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.lib.many_rows import insert_objects
from classwaves_admin.notifications.actions import queue_mails
from classwaves_admin.schools.values import value
from classwaves_admin.warehouse.models import AuditLog, Student
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.mail import invitation_draft, notice_text
from consent.actions.notices import keep_notices
from consent.models import Guardian, Invitation, InvitationChild
from consent.notices.texts import Notice, SchoolFacts, written
from consent.queries.families import answering_for_themselves
from consent.vocabulary import ASKED_TYPES


def invite_all(
    families: Mapping[Guardian, Sequence[Student]],
    facts: SchoolFacts,
    *,
    by: Actor,
    now: datetime,
    ending: Mapping[tuple[str, str], datetime] | None = None,
) -> dict[str, str]:
    """Ask each guardian about these children, in the caller's transaction; return the invitations by guardian.

    One guardian gets one invitation, and one mail, for all of the children. `ending` says of each pair of guardian
    and child when a consent ends that is asked for again: until then it can be answered at least.
    Raises NoticeIncomplete.
    """
    notices = {language: written(facts, language) for language in {guardian.language for guardian in families}}
    for of_language in notices.values():
        keep_notices(of_language, now=now)
    texts = {language: notice_text(of_language) for language, of_language in notices.items()}
    ends = now + timedelta(days=value(facts.school.id, "consent.invitation_days").value)
    invitations = [_invitation(guardian, notices[guardian.language], by, now, ends) for guardian in families]
    for invitation in invitations if ending else ():
        old = [(ending or {})[invitation.guardian_id, child.id] for child in families[invitation.guardian]]
        invitation.renews_until = min(old)
        # Who is not asked a second time must be able to answer until there is nothing left to renew.
        invitation.expires_at = max(ends, *old)
    insert_objects(connections["default"], invitations)
    insert_objects(
        connections["default"],
        [
            InvitationChild(invitation=invitation, student_id=child.id)
            for invitation in invitations
            for child in families[invitation.guardian]
        ],
    )
    events: list[AuditLog] = []
    for one in invitations:
        _audit(one, families[one.guardian], notices[one.guardian.language], by=by, write=events.append)
    gateway.insert_all(events)
    own = answering_for_themselves([one.guardian_id for one in invitations])
    drafts = [
        invitation_draft(
            one, facts.school, families[one.guardian], texts[one.guardian.language], own=one.guardian_id in own
        )
        for one in invitations
    ]
    queue_mails(drafts, now=now)
    return {invitation.guardian_id: invitation.id for invitation in invitations}


def _invitation(guardian: Guardian, notices: Sequence[Notice], by: Actor, now: datetime, ends: datetime) -> Invitation:
    return Invitation(
        school_id=notices[0].school_id,
        guardian=guardian,
        requested_by=by.id,
        language=notices[0].language,
        created_at=now,
        mailed_at=now,
        expires_at=ends,
    )


def _audit(
    invitation: Invitation,
    children: Sequence[Student],
    notices: Sequence[Notice],
    *,
    by: Actor,
    write: Callable[[AuditLog], None],
) -> None:
    record(
        "consent.requested",
        by=by,
        school_id=invitation.school_id,
        resource=("invitation", invitation.id),
        students=[child.id for child in children],
        data={
            "types": [consent_type.value for consent_type in ASKED_TYPES],
            "language": invitation.language,
            "notices": [notice.version for notice in notices],
            **({"renews": True} if invitation.renews_until else {}),
        },
        at=invitation.created_at,
        write=write,
    )
