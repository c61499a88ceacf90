"""Support grants, for tests, and browsers that have entered one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from classwaves_admin.accounts.models import SupportGrant, User
from classwaves_admin.lib.clock import now
from tests.factories import people


def grant(district_id: str, **given: Any) -> SupportGrant:
    """Save a grant that is open for four hours, by default to anybody of ClassWaves."""
    granted_by = given.pop("granted_by", None) or _somebody(district_id)
    start = given.pop("starts_at", now())
    values: dict[str, Any] = {"hours": 4, "reason": "The import stops", "asked_at": start}
    times = {"starts_at": start, "ends_at": start + timedelta(hours=4), "granted_by": granted_by}
    return SupportGrant.objects.create(district_id=district_id, **(values | times | given))


def request(district_id: str, person: User) -> SupportGrant:
    """Save what ClassWaves asks for, not answered yet."""
    return SupportGrant.objects.create(
        district_id=district_id, person=person, asked_by=person, hours=4, reason="The import stops"
    )


def entered(client: Client, grant_id: str) -> Client:
    """Let a signed-in browser of ClassWaves enter the grant."""
    answer = people.confirmed(client).post(reverse("support-enter", args=[grant_id]))
    assert answer.status_code == 302
    assert answer["Location"] == "/"
    return client


def _somebody(district_id: str) -> User:
    email = f"admin@{district_id}.example"
    return User.objects.filter(email=email).first() or people.member(
        "district_admin", email=email, district=district_id
    )
