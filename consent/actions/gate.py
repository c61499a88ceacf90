"""What a program's question to the gate leaves in the audit log."""

from __future__ import annotations

from collections import Counter

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from consent.actions.looking import note_session
from consent.queries.gate import JudgedSession


def note_question(*, by: Actor, judged: JudgedSession) -> None:
    """Record that a program asked whether it may record, and what it was refused.

    `session.recording_blocked` names the groups, the students who stand in the way, and how often each reason.
    """
    gate = judged.gate
    with transaction.atomic():
        note_session(by=by, judged=judged, page="api")
        if gate.all_may_record:
            return
        barred = [one for one in gate.members if not one.may_record]
        record(
            "session.recording_blocked",
            by=by,
            school_id=judged.session.school_id,
            resource=("session", judged.session.id),
            session_id=judged.session.id,
            students=[one.seat.student_id for one in barred if one.seat.known and one.seat.student_id],
            data={
                "groups": [group.group_id for group in gate.groups if not group.may_record],
                "reasons": dict(Counter(str(one.bars_recording) for one in barred)),
            },
        )
