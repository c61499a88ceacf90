"""A school's own notices, for tests."""

from __future__ import annotations

from typing import Any

from classwaves_admin.lib import clock
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import School
from consent.models import NoticeVersion
from consent.notices import shipped
from consent.vocabulary import ConsentType


def version(school: School, *, state: str, kind: ConsentType = ConsentType.AUDIO, **given: Any) -> NoticeVersion:
    """Save a text of a notice that says the same as the one that comes with the portal, and a sentence more."""
    language = given.pop("language", "en")
    moment = clock.now()
    values: dict[str, Any] = {
        "text": f"{shipped.source(language, kind)}\nAnd more.\n",
        "words": shipped.own_words(language, kind),
    }
    if state != "draft":
        values |= {"number": 2, "wording": 0, "change": "material", "activated_at": moment, "activated_by": "t-1"}
    if state == "retired":
        values |= {"retired_at": moment}
    with system_scope(reason="test"):
        return NoticeVersion.objects.create(
            **(values | {"school_id": school.pk, "consent_type": kind.value, "language": language, "state": state})
            | {"created_by": "t-1"}
            | given
        )
