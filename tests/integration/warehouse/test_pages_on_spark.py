"""Every page of staff and parents on the distributed engine, with the sample school delivered by the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.core.cache import cache as django_cache
from django.core.management import call_command
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from classwaves_admin.accounts.access import Suspended
from classwaves_admin.accounts.directory import standing_of
from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.roles import PERMISSIONS, Role
from classwaves_admin.lib import clock
from classwaves_admin.portal.sample.load import load_sample
from classwaves_admin.portal.sample.people import PASSWORD
from classwaves_admin.portal.sample.plans import plans
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog, ClassroomSession, ParentalConsent, School, Student
from classwaves_admin.warehouse.outbox import delivery
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from consent.actions.links import mint
from consent.models import Invitation, SchoolAuthorization
from consent.models.links import Purpose
from tests.architecture.routes import Route, all_routes
from tests.architecture.world import parts_of
from tests.factories import keys
from tests.spark import Warehouse
from tests.warehouse.conftest import instead_of_the_warehouse

pytestmark = [pytest.mark.warehouse, pytest.mark.integration, pytest.mark.slow]

# DESIGN: a page asks the warehouse at most three times, whatever the number of rows.
MOST_QUERIES = 3
# Pages of the developer's mailbox read files of this machine; those with parts name a mail.
ELSEWHERE = "/dev/mail/<"
# What the page that waits for a sleeping catalog asks in the background.
IN_THE_BACKGROUND = {"catalog-awake"}
ROUTES = [
    route
    for route in all_routes()
    if not (route.of_library or route.pattern.startswith(ELSEWHERE) or route.name in IN_THE_BACKGROUND)
]
# Addresses behind the link with which a guardian comes back.
OF_THE_WAY_BACK = {"consent-answers", "consent-again", "consent-withdraw", "consent-withdrawn", "consent-receipt"}
NOT_TO_BE_READ = 405  # an address for forms alone
# The interface's word that nothing is there; nobody is invited by that link; the sample's schools have no logo.
OTHERWISE = {"api-unknown": 404, "join": 404, "look-logo": 404}
# Pages about a state in which the walk's rows are not, and damaged addresses: each leads to where its reader can go on.
LEAD_ON = {
    "answers-verify",
    "paper-answer",
    "order-lift",
    "disagreement",
    "roster-columns",
    "standard-list",
    "inventory-table",
    "queue-retry",
    "district-list",
    "support-grant",
    "template-activate",
    "consent-again",
    "consent-withdrawn",
    "consent-receipt",
    "consent-verify-mended",
    "consent-answers-mended",
    "consent-answer-mended",
}


@pytest.fixture
def _on_spark(
    db: None, spark_warehouse: Warehouse, settings: Any, tmp_path: Any, django_db_blocker: Any
) -> Iterator[None]:
    """Put an empty catalog of Spark in the place of the warehouse."""
    settings.STORAGES = settings.STORAGES | {
        "default": settings.STORAGES["default"] | {"OPTIONS": {"location": str(tmp_path)}}
    }
    settings.STAFF_MFA_REQUIRED = False  # the sample's people have no second factor
    django_cache.clear()
    url = spark_warehouse.make_catalog("pages")
    with django_db_blocker.unblock(), instead_of_the_warehouse(url):
        yield
    django_cache.clear()
    spark_warehouse.drop_catalog("pages")


@pytest.mark.django_db(databases=["default"])
@pytest.mark.usefixtures("_on_spark")
def test_every_page_answers_on_spark_with_few_queries() -> None:
    """Every address that can be read is 200 for a person who may read it, and asks at most three times."""
    call_command("catalog", "create", verbosity=0)
    load_sample(now=clock.now().replace(microsecond=0))
    delivery.deliver(even_if_resting=True)
    assert not OutboxEntry.objects.exists()
    stuck = OutboxEntry.objects.create(
        unit="stuck", table="users.students", row_id="s", operation="update", stuck_at=clock.now()
    )
    people = _people()
    faults, walked = [], 0
    for route in ROUTES:
        browser, values = _visitor(route, people)
        address = route.address(values | {"entry_id": str(stuck.pk)})
        status, queries = _visit(browser, address)
        if queries > MOST_QUERIES:  # time zones and periods of its schools are remembered from the first visit on
            status, queries = _visit(browser, address)
        walked += status == 200
        expected = {OTHERWISE.get(route.name, 302 if route.name in LEAD_ON else 200), NOT_TO_BE_READ}
        if status not in expected or queries > MOST_QUERIES:
            faults.append(f"{route.pattern}: {status}, {queries} queries")
    assert not faults, "\n".join(faults)
    assert walked >= 20


def _visit(browser: Client, address: str) -> tuple[int, int]:
    """Return the status of a page and how many statements it sent to the warehouse."""
    with CaptureQueriesContext(connections["warehouse"]) as sent:
        response = browser.get(address)
        response.getvalue()
    return response.status_code, len(sent)


def _people() -> dict[Role, tuple[Client, dict[str, str]]]:
    """Return a browser for each role in which a person of the sample is signed in, and the parts of their addresses."""
    found: dict[Role, tuple[Client, dict[str, str]]] = {}
    for account in plans().accounts:
        user = User.objects.get(email=account.email)
        try:
            role = standing_of(user, today=clock.now().date()).access.role
        except Suspended:  # one of the sample's people is
            continue
        if role and role not in found:
            browser = Client()
            browser.force_login(user)
            browser.get("/")  # standing and time zones are remembered from here on
            # some pages open only to who has just typed the password again
            assert browser.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302
            found[role] = (browser, _parts(user))
    return found


def _parts(user: User) -> dict[str, str]:
    """Return what stands in the addresses that this person may open."""
    scope = standing_of(user, today=clock.now().date()).access.scope
    with system_scope(reason="test"):
        schools = scope.schools if scope.schools is not None else tuple(School.objects.values_list("pk", flat=True))
        consent = ParentalConsent.objects.filter(school_id__in=schools).order_by("id").first()
        event = AuditLog.objects.filter(school_id__in=schools).order_by("id").first()
        meeting = ClassroomSession.objects.filter(school_id__in=schools, status="ended").order_by("id").first()
        decision = SchoolAuthorization.objects.filter(school_id__in=schools).order_by("id").first()
        assert consent
        assert event
        assert meeting
        made = _made(consent.student_id)
    return made | {
        "event_id": event.pk,
        "session_id": meeting.pk,
        "authorization_id": decision.pk if decision else "",
    }


@cache
def _made(student_id: str) -> dict[str, str]:
    """Make the rows that addresses name, once for each student."""
    student = Student.objects.get(pk=student_id)
    return parts_of(School.objects.get(pk=student.school_id), student)


def _visitor(route: Route, people: dict[Role, tuple[Client, dict[str, str]]]) -> tuple[Client, dict[str, str]]:
    """Return a browser of somebody who may open the route, and what stands in its address."""
    permission = route.declaration.permission if route.declaration else None
    if permission:
        able = (role for role in people if permission in PERMISSIONS[role])
        return people[min(able, key=lambda role: role is Role.SUPER_ADMIN)]  # who sees nothing of a school
    office = people[Role.SCHOOL_ADMIN]
    if route.name == "dashboard":
        return office
    if route.declaration and route.declaration.scope:
        secret = keys.api_key(School(id=office[1]["school_id"]))[1]
        return Client(headers=keys.bearer(secret)), office[1]
    return Client(), office[1] | {"token": _token(route.name)}


def _token(name: str) -> str:
    """Mint the link of a parent for one of the pages: to answer, to verify, to look back."""
    moment = clock.now()
    with system_scope(reason="test"):
        asked = Invitation.objects.filter(revoked_at=None, expires_at__gt=moment)
        if name == "consent-answer":
            return mint(asked.filter(answered_at=None)[0], Purpose.ANSWER, now=moment).token
        answered = Invitation.objects.filter(answered_at__isnull=False)
        if name == "consent-verify":
            return mint(answered.filter(verified_at=None, revoked_at=None)[0], Purpose.VERIFY, now=moment).token
        if name == "consent-stop":
            return mint(asked.filter(answered_at=None)[0], Purpose.STOP, now=moment).token
        if name in OF_THE_WAY_BACK:
            return mint(answered.filter(verified_at__isnull=False)[0].guardian, Purpose.MANAGE, now=moment).token
        return mint(answered[0], Purpose.ANSWER, now=moment).token
