"""What schools have signed, for tests."""

from __future__ import annotations

from typing import Any

from classwaves_admin.lib.clock import now
from classwaves_admin.schools.models import Agreement, SchoolStatement
from classwaves_admin.schools.profile.agreements import text_of
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.models import School


def statement(school: School, kind: Agreement = Agreement.FERPA, **given: Any) -> SchoolStatement:
    """Save a signature of the school's principal."""
    text = text_of(kind, school.name, internal_operations_only=True)
    values = {
        "school_id": school.pk,
        "kind": kind.value,
        "signs": True,
        "version": text.version,
        "text": text.words,
        "signer_name": "Ada Principal",
        "signer_title": "Principal",
        "signed_on": now().date(),
        "made_by": "teacher-1",
        "made_at": now(),
    }
    with inside(EVERYTHING):
        return SchoolStatement.objects.create(**values | given)
