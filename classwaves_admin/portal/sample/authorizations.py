"""What the sample's schools authorized on parents' behalf, as the portal remembers it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.conf import settings

from classwaves_admin.warehouse.models import ParentalConsent, Teacher
from classwaves_admin.warehouse.models._base import CatalogModel
from consent.models import AuthorizedStudent, SchoolAuthorization
from consent.rules.authorizing import Chosen
from consent.rules.expiry import expires_at
from consent.vocabulary import ConsentType


def save_authorizations(catalog: Iterable[CatalogModel]) -> None:
    """Save a decision for all children of a school whose rows are of the same moment, signed by its official."""
    officials: dict[tuple[str, str], str] = {}
    decisions: dict[tuple[str, datetime], list[ParentalConsent]] = {}
    for row in catalog:
        if isinstance(row, Teacher):
            officials[row.school_id, row.name] = row.id
        elif isinstance(row, ParentalConsent) and row.consent_type == ConsentType.SCHOOL_AUTHORIZATION:
            decisions.setdefault((row.school_id, row.consent_date), []).append(row)
    for (school_id, _), rows in decisions.items():
        _save(rows, officials[school_id, rows[0].parent_name])


def _save(rows: Sequence[ParentalConsent], official: str) -> None:
    first = rows[0]
    decision = SchoolAuthorization.objects.create(
        school_id=first.school_id,
        chosen=Chosen.STUDENTS,
        statement_id=first.consent_text_version,
        internal_operations_only=True,
        signer_name=first.parent_name,
        decided_by=official,
        decided_at=first.consent_date,
        expires_at=expires_at(first.consent_date, valid_days=settings.CONSENT_VALID_DAYS),
    )
    AuthorizedStudent.objects.bulk_create(
        [
            AuthorizedStudent(
                authorization=decision,
                school_id=row.school_id,
                student_id=row.student_id,
                consent_id=row.id,
                written_at=row.consent_date,
            )
            for row in rows
        ]
    )
