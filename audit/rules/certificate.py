"""What a consent certificate says: plain data, the same for PDF, CSV and fingerprint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from consent.rules.status import ConsentRow, row_status
from consent.vocabulary import ConsentType, EffectiveStatus, LabelledEnum, Relationship, RowStatus, VerificationMethod

NAME = "consent_certificate"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as it was recorded. Codes are kept beside the words that people read."""

    id: str
    consent_type: str
    given: bool
    status: RowStatus
    signer: str
    relationship: str
    answered_at: datetime
    method: str
    verified_at: datetime | None
    expires_at: datetime | None
    revoked_at: datetime | None
    notice_version: str

    @property
    def runs(self) -> bool:
        """Tell whether the end of the consent means something: only one that was in force can end."""
        return self.expires_at is not None and self.status in {RowStatus.ACTIVE, RowStatus.EXPIRED}

    @property
    def type_label(self) -> str:
        """Return what was asked, in words."""
        return label(ConsentType, self.consent_type)

    @property
    def relationship_label(self) -> str:
        """Return what the signer is to the child, in words."""
        return label(Relationship, self.relationship)

    @property
    def method_label(self) -> str:
        """Return how the signer was verified, in words."""
        return label(VerificationMethod, self.method)


@dataclass(frozen=True, slots=True)
class Standing:
    """The effective status of one type of consent, with the answer that carries it where one does."""

    consent_type: str
    status: EffectiveStatus
    answer: Answer | None

    @property
    def type_label(self) -> str:
        """Return what was asked, in words."""
        return label(ConsentType, self.consent_type)


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice that was answered. `text` is None where another service showed it and kept the words."""

    version: str
    title: str
    language: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Certificate:
    """Everything about one child's consents at a moment. `waiting` tells that deliveries to the catalog wait."""

    student_id: str
    student: str
    grade: str
    school_id: str
    school: str
    zone: ZoneInfo
    as_of: datetime
    may_record: bool
    may_record_label: str
    standings: tuple[Standing, ...]
    answers: tuple[Answer, ...]
    notices: tuple[Notice, ...]
    waiting: bool

    def data(self) -> dict[str, Any]:
        """Return the data that the fingerprint covers, times in UTC."""
        return {
            "report": NAME,
            "school": {"id": self.school_id, "name": self.school, "time_zone": self.zone.key},
            "student": {"id": self.student_id, "display_name": self.student, "grade_level": self.grade},
            "data_as_of": in_utc(self.as_of),
            "may_be_recorded": self.may_record,
            "consents": [
                {
                    "consent_type": standing.consent_type,
                    "status": standing.status.value,
                    "decided_by": standing.answer.id if standing.answer else None,
                }
                for standing in self.standings
            ],
            "answers": [_answer_data(answer) for answer in self.answers],
            "notices": [
                {"version": notice.version, "language": notice.language, "text": notice.text} for notice in self.notices
            ],
        }


def answer_of(row: ConsentRow, *, signer: str, notice_version: str, now: datetime) -> Answer:
    """Return one consent as the certificate tells it."""
    return Answer(
        id=row.id,
        consent_type=row.consent_type,
        given=row.given,
        status=row_status(row, now),
        signer=signer,
        relationship=row.relationship,
        answered_at=row.consented_at,
        method=row.method,
        verified_at=row.verified_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        notice_version=notice_version,
    )


def label(words: type[LabelledEnum], code: str) -> str:
    """Return the words for a code; the code itself for one that another service made up."""
    return str(words(code).label) if code in set(words) else code


def in_utc(moment: datetime | None) -> str | None:
    """Return the moment as ISO 8601 in UTC, to the second, or None."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _answer_data(answer: Answer) -> dict[str, Any]:
    return {
        "id": answer.id,
        "consent_type": answer.consent_type,
        "consent_given": answer.given,
        "status": answer.status.value,
        "signer_name": answer.signer,
        "relationship": answer.relationship,
        "answered_at": in_utc(answer.answered_at),
        "verification_method": answer.method,
        "verified_at": in_utc(answer.verified_at),
        "expires_at": in_utc(answer.expires_at),
        "revoked_at": in_utc(answer.revoked_at),
        "notice_version": answer.notice_version,
    }
