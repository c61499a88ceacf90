"""Access reviews: begun, decided person by person, closed, handed over."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pypdfium2
import pytest
from django.test import Client
from django.urls import reverse

from classwaves_admin.accounts.models import Membership, User
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.digest import sha256_hex
from classwaves_admin.people.models import AccessReview, AccessReviewLine
from classwaves_admin.people.rules.reviews import term_of
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog, School, Teacher
from classwaves_admin.warehouse.outbox import delivery
from tests.factories import catalog as make
from tests.factories import people, support
from tests.integration.people.conftest import signed_in

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.integration]


@pytest.mark.parametrize(
    ("day", "term"),
    [
        (date(2026, 1, 31), (date(2025, 8, 1), "Fall 2025")),
        (date(2026, 2, 1), (date(2026, 2, 1), "Spring 2026")),
        (date(2026, 7, 31), (date(2026, 2, 1), "Spring 2026")),
        (date(2026, 8, 1), (date(2026, 8, 1), "Fall 2026")),
    ],
)
def test_a_school_year_has_two_terms(day: date, term: tuple[date, str]) -> None:
    """From August and from February."""
    assert term_of(day) == term


def decided(client: Client, review: AccessReview, email: str, decision: str) -> None:
    """Decide about one person by the form."""
    line = review.lines.get(email=email)
    answer = client.post(reverse("review-decide", args=[review.pk]), {"line": line.pk, "decision": decision})
    assert answer["Location"].endswith(f"#line-{line.pk}")  # the list is long, and people go through it


def test_a_review_from_its_beginning_to_the_evidence(dana: Client, school: School) -> None:
    """Due until closed; an end takes effect at once; closed only when all are decided, and then for good."""
    tea = make.teacher(school=school, email="tea@harbour.example")
    until = date(2100, 1, 1)
    people.member("auditor", email="audit@firm.example", schools=(school.pk,), until=until)
    assert "A review is due" in dana.get(reverse("people-list")).content.decode()
    dana.post(reverse("review-list"))
    dana.post(reverse("review-list"))
    review = AccessReview.objects.get()
    assert review.where == "Harbour District"
    page = dana.get(reverse("review-detail", args=[review.pk])).content.decode()
    assert "3 people are not decided yet" in page
    assert 'action="' + reverse("review-close", args=[review.pk]) not in page
    decided(dana, review, "dana@district.example", "end")
    assert Membership.objects.get(user__email="dana@district.example").counts_on(now().date())
    decided(dana, review, "dana@district.example", "keep")
    decided(dana, review, "audit@firm.example", "end")
    assert not Membership.objects.get(user__email="audit@firm.example").counts_on(now().date())
    dana.post(reverse("review-close", args=[review.pk]))
    review.refresh_from_db()
    assert review.closed_at is None
    decided(dana, review, "tea@harbour.example", "end")
    delivery.deliver()
    with system_scope(reason="test"):
        assert Teacher.objects.get(pk=tea.pk).status == "deactivated"
    dana.post(reverse("review-close", args=[review.pk]))
    assert "A review is due" not in dana.get(reverse("people-list")).content.decode()
    before = list(AccessReviewLine.objects.order_by("id").values())
    decided(dana, review, "tea@harbour.example", "keep")
    assert list(AccessReviewLine.objects.order_by("id").values()) == before
    table = dana.get(reverse("review-csv", args=[review.pk])).content.decode()
    assert "tea@harbour.example,Teacher" in table
    assert table.count("Dana") >= 3


def test_who_has_ended_meanwhile_is_decided_too(dana: Client, school: School) -> None:
    """The review notes the end, and the last day stays the one on which it was."""
    membership = people.membership("auditor", district="d-1", until=date(2100, 1, 1))
    dana.post(reverse("review-list"))
    review, ended = AccessReview.objects.get(), now().date() - timedelta(days=9)
    Membership.objects.filter(pk=membership.pk).update(ends_on=ended)
    decided(dana, review, membership.user.email, "end")
    membership.refresh_from_db()
    assert membership.ends_on == ended
    assert review.lines.get(email=membership.user.email).decision == "end"


def test_who_takes_the_list_of_people_along_is_in_the_schools_log(dana: Client, school: School) -> None:
    """Each file leaves an event with its number of people and the hash of the table, which the PDF shows too."""
    make.teacher(school=school, email="tea@harbour.example")
    dana.post(reverse("review-list"))
    review = AccessReview.objects.get()
    table = dana.get(reverse("review-csv", args=[review.pk])).content
    printed = dana.get(reverse("review-pdf", args=[review.pk])).content
    delivery.deliver()
    with system_scope(reason="test"):
        rows = AuditLog.objects.filter(event_type="report.downloaded", school_id=school.pk).order_by("id")
        left = [(row.resource_type, row.resource_id, json.loads(row.data_accessed or "")) for row in rows]
    digest = sha256_hex(table)
    data = [{"format": form, "rows": 2, "sha256": digest} for form in ("csv", "pdf")]
    assert left == [("access_review", review.pk, one) for one in data]
    with pypdfium2.PdfDocument(printed) as pdf:
        text = "".join(page.get_textpage().get_text_range() for page in pdf)
    assert digest in "".join(text.split())


def test_what_the_district_reviewed_is_not_due_at_its_school(dana: Client, school: School) -> None:
    """To the district's administrator who looks at the school alone, and to the school's own; another's counts not."""
    hill = make.school(name="Hill School", domain="hill.example")
    make.setting(school=hill, key="district_id", value="d-1")
    office = signed_in(people.staff("admin", school=school, email="office@harbour.example")[0])
    dana.post(reverse("switch-school"), {"school": school.pk})

    def told() -> list[bool]:
        pages = [client.get(reverse(name)) for client in (dana, office) for name in ("people-list", "review-list")]
        return ["A review is due" in page.content.decode() for page in pages]

    people.review("d-2")
    people.review("d-1", hill.pk)
    people.review("")
    assert told() == [True] * 4
    people.review("d-1")
    assert told() == [False] * 4


def test_another_district_does_not_see_it(dana: Client, sam: Client, school: School) -> None:
    """Neither another district's administrator nor ClassWaves."""
    dana.post(reverse("review-list"))
    review = AccessReview.objects.get()
    other = Client()
    other.force_login(people.member("district_admin", email="far@else.example", district="d-2"))
    for client in (other, sam):
        assert client.get(reverse("review-detail", args=[review.pk])).status_code == 404


def test_classwaves_reviews_nobody_in_the_districts_name(dana: Client, sam: Client, school: School) -> None:
    """Not within a grant either: what is closed is the district's own word about its people."""
    dana.post(reverse("review-list"))
    review = AccessReview.objects.get()
    decided(dana, review, "dana@district.example", "keep")
    support.entered(sam, support.grant("d-1", granted_by=User.objects.get(email="dana@district.example")).pk)
    sam.post(reverse("review-close", args=[review.pk]))
    review.refresh_from_db()
    assert review.closed_at is None
