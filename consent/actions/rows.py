"""Makes the two halves of one answer: the catalog's row and its twin in `default`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.ids import new_id
from classwaves_admin.schools.queries import time_zone
from classwaves_admin.schools.values import value
from classwaves_admin.warehouse.models import ParentalConsent
from consent.models import Answer, Guardian, Invitation
from consent.rules.expiry import expires_at, school_year_end
from consent.vocabulary import ConsentType, VerificationMethod

USER_AGENT_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs, as they typed it, and from where."""

    guardian: Guardian
    invitation: Invitation | None
    name: str
    relationship: str
    by: Actor


def new_answer(
    signature: Signature,
    *,
    student_id: str,
    consent_type: ConsentType,
    given: bool,
    notice_id: str | None,
    awaits_second_step: bool,
    now: datetime,
) -> Answer:
    """Return an unsaved answer. A grant ends by itself; a refusal stands until it is changed.

    `notice_id` is the version of the notice that was shown, None where the portal does not have its text.
    """
    return Answer(
        invitation=signature.invitation,
        guardian=signature.guardian,
        school_id=signature.guardian.school_id,
        student_id=student_id,
        consent_type=consent_type.value,
        given=given,
        consent_id=new_id(),
        notice_id=notice_id,
        signer_name=signature.name,
        relationship=signature.relationship,
        method=VerificationMethod.UNVERIFIED.value,
        awaits_second_step=awaits_second_step,
        answered_at=now,
        expires_at=end_of_consent(signature.guardian.school_id, now) if given else None,
    )


def end_of_consent(school_id: str, now: datetime) -> datetime:
    """Return when a consent of this moment ends, by days or with the school year, whichever the settings say."""
    last_day, again = (
        value(school_id, "consent.school_year_ends").value,
        value(school_id, "reminders.expiry_days").value,
    )
    ends = None
    if last_day:
        month, day = map(int, last_day.split("-"))
        ends = school_year_end(now, (month, day), time_zone(school_id), ask_again_days=max(again, default=0))
    return expires_at(now, valid_days=value(school_id, "consent.valid_days").value, school_year_ends=ends)


def catalog_row(answer: Answer, by: Actor, *, recorded_at: datetime | None = None, shown: str = "") -> ParentalConsent:
    """Return the row of `compliance.parental_consents` for a fresh answer.

    `recorded_at` is when staff wrote down what was signed earlier. Address and device are those of the
    parent who answers; for what staff record there are none. `shown` names the notice of another service,
    whose text the portal does not have.
    """
    device = by if by.type is ActorType.PARENT else None
    created_at = recorded_at or answer.answered_at
    return ParentalConsent(
        id=answer.consent_id,
        student_id=answer.student_id,
        school_id=answer.school_id,
        consent_type=answer.consent_type,
        consent_given=answer.given,
        consent_date=answer.answered_at,
        parent_name=answer.signer_name,
        parent_email=answer.guardian.email,
        relationship=answer.relationship,
        verification_method=answer.method,
        verification_token=None,
        verified_at=answer.verified_at,
        ip_address=device.ip_address if device else None,
        user_agent=((device.user_agent if device else None) or "")[:USER_AGENT_LENGTH] or None,
        consent_text_version=answer.notice_id or shown,
        expires_at=answer.expires_at,
        revoked_at=None,
        created_at=created_at,
        updated_at=created_at,
    )
