"""Guardians, requests and answers of the portal's own database, for tests. Rows of the catalog come from `catalog`."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from classwaves_admin.lib import clock
from classwaves_admin.warehouse.models import ParentalConsent, Student
from consent.models import (
    AuthorizedStudent,
    Evidence,
    EvidencedConsent,
    Guardian,
    Guardianship,
    Invitation,
    InvitationChild,
    NoticeText,
    PaperChild,
    PaperForm,
    SchoolAuthorization,
)
from consent.rules.overview import NEEDED
from consent.vocabulary import ConsentType
from tests.factories import catalog as make

_number = itertools.count(1)


def guardian(*children: Student, relationship: str = "mother", restricted: bool = False, **given: Any) -> Guardian:
    """Save a guardian of these children, who can be asked."""
    n = next(_number)
    values = {"school_id": children[0].school_id, "name": f"Guardian {n}", "email": f"guardian{n}@home.example"}
    saved = Guardian.objects.create(**(values | given))
    for child in children:
        Guardianship.objects.create(
            guardian=saved,
            school_id=child.school_id,
            student_id=child.id,
            relationship=relationship,
            restricted=restricted,
        )
    return saved


def request(guardian: Guardian, *children: Student, **given: Any) -> Invitation:
    """Save an open request to the guardian about these children."""
    moment = clock.now()
    values = {
        "school_id": guardian.school_id,
        "guardian": guardian,
        "requested_by": "teacher-1",
        "mailed_at": moment,
        "sent_at": moment,
        "expires_at": moment + timedelta(days=30),
    }
    saved = Invitation.objects.create(**(values | given))
    for child in children:
        InvitationChild.objects.create(invitation=saved, student_id=child.id)
    return saved


def consents(child: Student, *types: ConsentType, **given: Any) -> list[ParentalConsent]:
    """Save one consent of the catalog for each type; without types, for taking part and recording."""
    return [make.consent(student=child, consent_type=one.value, **given) for one in types or NEEDED]


def authorization(*children: Student, **given: Any) -> SchoolAuthorization:
    """Save a decision of the school about these children, without its rows in the catalog."""
    school_id, moment = children[0].school_id, clock.now()
    kind = ConsentType.SCHOOL_AUTHORIZATION.value
    statement, _ = NoticeText.objects.get_or_create(
        version=f"{kind}@1/en/sha256:000000000000",
        defaults={"school_id": school_id, "consent_type": kind, "language": "en", "title": "t", "text": "# t"},
    )
    values = {
        "school_id": school_id,
        "chosen": "students",
        "statement": statement,
        "internal_operations_only": True,
        "signer_name": "Rosa Rivera",
        "decided_by": "teacher-1",
        "decided_at": moment,
        "expires_at": moment + timedelta(days=200),
    }
    saved = SchoolAuthorization.objects.create(**(values | given))
    for child in children:
        AuthorizedStudent.objects.create(
            authorization=saved, school_id=school_id, student_id=child.id, written_at=moment
        )
    return saved


def evidence(tie: Guardianship, **given: Any) -> Evidence:
    """Save the evidence of a signed form, with a scan of a few bytes, about one consent of the child."""
    values = {
        "school_id": tie.school_id,
        "guardian_id": tie.guardian_id,
        "method": "signed_form",
        "reference": "Cabinet 3",
        "checked_on": clock.now().date(),
        "file": default_storage.save(f"scans/{next(_number)}", ContentFile(b"%PDF-1.7")),
        "content_type": "application/pdf",
        "recorded_by": "teacher-1",
    }
    saved = Evidence.objects.create(**(values | given))
    EvidencedConsent.objects.create(evidence=saved, consent_id=f"consent-{saved.pk}", student_id=tie.student_id)
    return saved


def paper_form(tie: Guardianship, **given: Any) -> PaperForm:
    """Save a printed form about the child of a tie, without notices; no code opens it."""
    values = {
        "school_id": tie.school_id,
        "guardian_id": tie.guardian_id,
        "language": "en",
        "code_hash": f"hash-{next(_number)}",
        "printed_by": "teacher-1",
        "expires_at": clock.now() + timedelta(days=90),
    }
    saved = PaperForm.objects.create(**(values | given))
    PaperChild.objects.create(form=saved, student_id=tie.student_id)
    return saved
