"""Makers of rows for the rules' tests, and the moment at which they are judged."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from consent.rules.status import ConsentRow
from consent.vocabulary import ConsentType

NOW = datetime(2025, 3, 4, 15, 0, tzinfo=UTC)
DAY = timedelta(days=1)
_number = itertools.count(1)


def granted(consent_type: ConsentType = ConsentType.SERVICE, **given: Any) -> ConsentRow:
    """Return a grant in force, verified by mail."""
    facts: dict[str, Any] = {
        "id": f"row-{next(_number):04}",
        "student_id": "student-1",
        "consent_type": consent_type.value,
        "given": True,
        "consented_at": NOW - 10 * DAY,
        "verified_at": NOW - 9 * DAY,
        "method": "email_plus",
        "relationship": "mother",
        "expires_at": NOW + 300 * DAY,
    }
    return ConsentRow(**(facts | given))


def refused(consent_type: ConsentType = ConsentType.SERVICE, **given: Any) -> ConsentRow:
    """Return a refusal."""
    facts = {"given": False, "verified_at": None, "method": "unverified", "expires_at": None, "relationship": "father"}
    return granted(consent_type, **(facts | given))


def unverified(consent_type: ConsentType = ConsentType.SERVICE, **given: Any) -> ConsentRow:
    """Return a grant that waits for its second step."""
    return granted(consent_type, **({"verified_at": None, "method": "unverified"} | given))
