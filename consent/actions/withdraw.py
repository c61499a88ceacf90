"""Takes a consent back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.changes import Change, changes_for, end_rows, flag_conflicts, lower_flags, said_by
from consent.actions.locks import lock_children
from consent.actions.rows import Signature, catalog_row, new_answer
from consent.models import Answer, Guardian, NoticeText
from consent.queries.rows import RecordedConsent, facts_of_fresh
from consent.rules.dependencies import needed_for
from consent.rules.status import row_status
from consent.vocabulary import ASKED_TYPES, ConsentType, RowStatus

_STANDING = frozenset({RowStatus.ACTIVE, RowStatus.UNVERIFIED, RowStatus.PENDING})


def withdraw(
    *,
    guardian: Guardian,
    student_id: str,
    types: Collection[ConsentType],
    signer_name: str,
    relationship: str,
    by: Actor,
    now: datetime,
) -> tuple[ConsentType, ...]:
    """Take back a guardian's consents of these types for one child; return the types that ended.

    Takes effect at once: flags first, then rows, then audit. What rests on a withdrawn consent goes
    with it. The old row gets `revoked_at`, and a new row with a no stands beside the other guardian's
    yes, so that the school sees that they disagree. Withdrawing twice changes nothing.
    """
    wanted = set(types) | {kind for kind in ASKED_TYPES if set(needed_for(kind)) & set(types)}
    with transaction.atomic():
        lock_children([student_id])
        change = changes_for({student_id: guardian.school_id}, now)[student_id]
        ended = _own_standing(change, guardian, wanted, now)
        if not ended:
            return ()
        types_ended = tuple(sorted({ConsentType(one.facts.consent_type) for one in ended}))
        signature = Signature(guardian, None, " ".join(signer_name.split()), relationship, by)
        shown = _shown(ended)
        refusals = _refusals(change, shown, signature, now)
        change.added = facts_of_fresh(refusals)
        change.ended = {one.facts.id for one in ended}
        lower_flags(change, now=now)
        end_rows(change, now=now)
        Answer.objects.bulk_create(refusals)
        gateway.insert(*(catalog_row(one, by, shown=shown[ConsentType(one.consent_type)]) for one in refusals))
        record(
            "consent.revoked",
            by=by,
            school_id=guardian.school_id,
            resource=("student", student_id),
            students=[student_id],
            data={"types": [kind.value for kind in types_ended], "consents": sorted(change.ended)},
            at=now,
        )
        flag_conflicts(change, school_id=guardian.school_id, by=by, now=now)
    return types_ended


def _own_standing(
    change: Change, guardian: Guardian, types: Collection[ConsentType], now: datetime
) -> list[RecordedConsent]:
    """Return the guardian's own rows that stand, oldest first."""
    return [
        consent
        for consent in said_by(guardian.id, guardian.email, change.consents)
        if consent.facts.consent_type in types and row_status(consent.facts, now) in _STANDING
    ]


def _shown(ended: Iterable[RecordedConsent]) -> dict[ConsentType, str]:
    """Return the version of the notice that the guardian last said yes to, by type, for the types that are asked."""
    newest = {ConsentType(one.facts.consent_type): one.notice_version for one in ended}
    return {kind: newest[kind] for kind in ASKED_TYPES if kind in newest}


def _refusals(change: Change, shown: Mapping[ConsentType, str], signature: Signature, now: datetime) -> list[Answer]:
    """Return a no for each type that ends, under the notice of the yes that it takes back.

    The notice of today is not asked for: nobody was shown it, and one with a blank must not keep a consent alive.
    """
    kept = NoticeText.objects.in_bulk(shown.values())
    return [
        new_answer(
            signature,
            student_id=change.student_id,
            consent_type=kind,
            given=False,
            notice_id=version if version in kept else None,
            awaits_second_step=False,
            now=now,
        )
        for kind, version in shown.items()
    ]
