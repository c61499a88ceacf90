"""Takes a consent back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.changes import Change, changes_for, end_rows, flag_conflicts, lower_flags, said_by
from consent.actions.locks import lock_children
from consent.actions.notices import keep_notices
from consent.actions.rows import Signature, catalog_row, new_answer
from consent.models import Answer, Guardian
from consent.notices.texts import Notice, written
from consent.queries.notices import school_facts
from consent.queries.rows import facts_of_fresh
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
        signature = Signature(guardian, None, " ".join(signer_name.split()), relationship, by)
        refusals = _refusals(change, ended, signature, now)
        change.added = facts_of_fresh(refusals)
        change.ended = set(ended)
        lower_flags(change, now=now)
        end_rows(change, now=now)
        Answer.objects.bulk_create(refusals)
        gateway.insert(*(catalog_row(answer, by) for answer in refusals))
        record(
            "consent.revoked",
            by=by,
            school_id=guardian.school_id,
            resource=("student", student_id),
            students=[student_id],
            data={"types": sorted({kind.value for kind in ended.values()}), "consents": sorted(ended)},
            at=now,
        )
        flag_conflicts(change, school_id=guardian.school_id, by=by, now=now)
    return tuple(sorted(set(ended.values())))


def _own_standing(
    change: Change, guardian: Guardian, types: Collection[ConsentType], now: datetime
) -> dict[str, ConsentType]:
    """Return the guardian's own rows that stand, by id, with their types."""
    own = said_by(guardian.id, guardian.email, change.consents)
    return {
        consent.facts.id: ConsentType(consent.facts.consent_type)
        for consent in own
        if consent.facts.consent_type in types and row_status(consent.facts, now) in _STANDING
    }


def _refusals(change: Change, ended: dict[str, ConsentType], signature: Signature, now: datetime) -> list[Answer]:
    """Return a no for each type that ends, under the notice as it reads today."""
    notices: dict[ConsentType, Notice] = {
        notice.consent_type: notice
        for notice in written(school_facts(signature.guardian.school_id), signature.guardian.language)
    }
    kinds = sorted(set(ended.values()) & set(notices))
    keep_notices([notices[kind] for kind in kinds], now=now)
    return [
        new_answer(
            signature,
            student_id=change.student_id,
            consent_type=kind,
            given=False,
            notice=notices[kind],
            awaits_second_step=False,
            now=now,
        )
        for kind in kinds
    ]
