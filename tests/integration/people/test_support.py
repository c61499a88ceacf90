"""Support access: asked for, granted, entered, seen by the district, ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from audit.record import within_grant
from classwaves_admin.accounts.models import Membership, SupportGrant
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.actor import system
from classwaves_admin.lib.clock import now
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.people.actions.support import NotGranted, give_support
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog, District, School
from classwaves_admin.warehouse.outbox import delivery
from tests.factories import catalog as make
from tests.factories import people, support

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"]),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]
GIVEN = {"person": "", "hours": "4", "reason": "The import stops"}


def only() -> SupportGrant:
    """Return the one grant there is."""
    with system_scope(reason="test"):
        return SupportGrant.objects.get()


def rows(**given: Any) -> list[AuditLog]:
    """Return rows of the log, once they are delivered."""
    delivery.deliver()
    with system_scope(reason="test"):
        return list(AuditLog.objects.filter(**given).order_by("event_timestamp", "id"))


def mailed(kind: str) -> str:
    """Return where the one mail of a kind goes."""
    with system_scope(reason="test"):
        return OutgoingMail.objects.get(kind=kind).address


def test_from_asking_to_the_end(sam: Client, dana: Client, school: School) -> None:
    """Sam asks, Dana gets a mail and grants, Sam enters and looks, Dana sees what and ends it: Sam is out at once."""
    answer = sam.post(reverse("support-ask"), {"district": "d-1", "hours": "24", "reason": "The import stops"})
    grant = only()
    page = reverse("support-detail", args=[grant.pk])
    assert answer["Location"] == page
    assert mailed("people.support_asked") == "dana@district.example"
    assert sam.get("/students/").status_code == 403
    sam.post(reverse("support-enter", args=[grant.pk]))
    assert sam.get("/students/").status_code == 403
    sees = dana.get(reverse("support-grant", args=[grant.pk])).content.decode()
    assert "1 student" in sees
    dana.post(reverse("support-grant", args=[grant.pk]), {"hours": "2"})
    assert mailed("people.support_open") == "sam@classwaves.example"
    support.entered(sam, grant.pk)
    students = sam.get("/students/").content.decode()
    assert "Quillon Z." in students
    assert "You are inside" in students
    assert "Harbour District" in students
    (seen,) = rows(event_type="student.searched")
    assert within_grant(grant.pk) in (seen.data_accessed or "")
    assert "Students listed or searched" in dana.get(page).content.decode()
    found = dana.get(f"{reverse('audit-list')}?q=grant:{grant.pk}").content.decode()
    assert "Students listed or searched" in found
    assert "Let in" not in found
    dana.post(reverse("support-end", args=[grant.pk]))
    out = sam.get("/students/")
    assert out["Location"] == reverse("support-list")
    assert sam.get("/students/").status_code == 403
    events = [row.event_type for row in rows(resource_type="support_grant", school_id=school.pk)]
    assert events == ["support.asked", "support.granted", "support.entered", "support.ended"]


def test_a_grant_ends_by_itself_in_the_next_request(sam: Client, school: School) -> None:
    """Not after the seconds for which a role is remembered; a form does nothing, a part of a page is led out too."""
    grant = support.grant("d-1")
    support.entered(sam, grant.pk)
    assert sam.get("/students/").status_code == 200
    with time_machine.travel(now() + timedelta(hours=4) - timedelta(seconds=1), tick=False):
        assert sam.get("/students/").status_code == 200
    with time_machine.travel(now() + timedelta(hours=4), tick=False):
        assert sam.post("/students/ask/", {"student": "x"})["Location"] == reverse("support-list")
        support_again = support.grant("d-1")
        support.entered(sam, support_again.pk)
        with system_scope(reason="test"):
            SupportGrant.objects.update(ended_at=now())
        assert sam.get("/students/", headers={"HX-Request": "true"})["HX-Redirect"] == reverse("support-list")


def test_leaving_ends_what_was_seen_and_is_noted(sam: Client) -> None:
    """After the way out the office's pages are closed, and the grant can be entered again while it lasts."""
    grant = support.grant("d-1")
    support.entered(sam, grant.pk)
    sam.post(reverse("support-leave"))
    assert sam.get("/students/").status_code == 403
    assert [row.event_type for row in rows(event_type__startswith="support.")] == ["support.entered", "support.left"]
    support.entered(sam, grant.pk)
    assert sam.get("/students/").status_code == 200


def test_another_persons_grant_is_not_entered(sam: Client, school: School) -> None:
    """A grant to one person of ClassWaves is nobody else's, and a district's administrator enters none."""
    pat = people.member("super_admin", email="pat@classwaves.example")
    grant = support.grant("d-1", person=pat)
    answer = sam.post(reverse("support-enter", args=[grant.pk]))
    assert answer["Location"] == reverse("support-detail", args=[grant.pk])
    assert sam.get("/students/").status_code == 403


def test_what_a_job_does_carries_the_grant(sam: Client, school: School) -> None:
    """Work that goes on in the background leaves its rows under the grant within which it was asked for."""
    grant = support.grant("d-1")
    support.entered(sam, grant.pk)
    sam.post("/retention/runs/new/", {"school": school.pk, "kind": "transcripts"})
    with system_scope(reason="test"):
        assert Job.objects.get(kind="retention.plan").by.support_grant == grant.pk


def test_who_may_not_let_classwaves_in(school: School) -> None:
    """Not another district's administrator, and nobody who is or was of ClassWaves, whatever else they hold."""
    other = people.member("district_admin", email="other@else.example", district="d-2")
    both = people.member("district_admin", email="both@classwaves.example", district="d-1")
    Membership.objects.create(user=both, role="super_admin", ends_on=now().date() - timedelta(days=1))
    for user in (other, both):
        with pytest.raises(NotGranted):
            give_support(district_id="d-1", person=None, hours=4, reason="x", user=user, by=system("test"), now=now())
    stranger = people.account("stranger@else.example")
    dana = people.member("district_admin", email="dana@district.example", district="d-1")
    with pytest.raises(NotGranted):
        give_support(district_id="d-1", person=stranger, hours=4, reason="x", user=dana, by=system("test"), now=now())


def test_a_form_that_is_not_whole_keeps_what_was_typed(dana: Client) -> None:
    """Too many hours: 422, the reason stands in the form, and nothing is open."""
    answer = dana.post(reverse("support-new"), GIVEN | {"hours": "73"})
    assert answer.status_code == 422
    assert "The import stops" in answer.content.decode()
    with system_scope(reason="test"):
        assert not SupportGrant.objects.exists()
    assert dana.post(reverse("support-new"), GIVEN).status_code == 302
    assert only().ends_at == now() + timedelta(hours=4)


def test_a_district_without_an_administrator_cannot_be_asked(sam: Client) -> None:
    """The form says what to do instead."""
    make.district(pk="d-9", name="Empty District")
    answer = sam.post(reverse("support-ask"), {"district": "d-9", "hours": "4", "reason": "x"})
    assert answer.status_code == 422
    assert "Invite one first" in answer.content.decode()


def test_a_school_that_comes_later_is_not_in_the_grant(sam: Client) -> None:
    """ClassWaves can put a school into any district: that opens none of its students to ClassWaves."""
    far = make.school(name="Far School")
    make.student(school=far, display_name="Ottoline V.")
    grant = support.grant("d-1")
    make.setting(school=far, key="district_id", value="d-1", updated_at=now() + timedelta(minutes=1))
    support.entered(sam, grant.pk)
    students = sam.get("/students/").content.decode()
    assert "Quillon Z." in students
    assert "Ottoline V." not in students


def test_a_closed_district_lets_nobody_in(sam: Client) -> None:
    """Its administrators have no access any more and could not end the grant: nobody goes on within it."""
    grant = support.grant("d-1")
    support.entered(sam, grant.pk)
    with system_scope(reason="test"):
        make.change(District.objects.get(pk="d-1"), is_active=False)
    cache.clear()
    assert sam.get("/students/")["Location"] == reverse("support-list")
    assert sam.get("/students/").status_code == 403
