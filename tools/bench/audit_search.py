"""The pages of the audit log against Django's admin on the same rows, each as a whole: request in, HTML out."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.test import Client
from django.urls import reverse

from classwaves_admin.accounts.models import User
from classwaves_admin.lib.keyset import page
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog, School
from tests.factories import catalog as make
from tests.factories import people
from tools.bench import audit_log
from tools.bench.figures import Figure, milliseconds, p95, shown
from tools.terminal import say

EMAIL = "bench@classwaves.example"
ADMIN = "/bench-admin/warehouse/auditlog/"
NEWEST_FIRST = ("-event_timestamp", "-id")
TURNS = 2
TIMES_FASTER = 300
PAGE = 1_000
# A later page may take this much longer than the first.
AS_QUICK = 1.5


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that people ask, as an address of the portal and one of the admin; empty where it has none.

    `beside` is a page of the portal that is asked in turn with it, so that both meet the same load.
    """

    name: str
    address: str
    admin: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """How long each call took, in milliseconds."""

    ours: list[float]
    theirs: list[float]
    beside: list[float]


def measure(times: int, *, admin: bool) -> list[Figure]:
    """Ask both in turn and return p50 of each measure beside the admin's, if that is asked too, and p95."""
    browser = Client(SERVER_NAME="127.0.0.1", raise_request_exception=True)
    with system_scope(reason="bench"):
        for number in range(audit_log.SCHOOLS):
            if not School.objects.filter(pk=audit_log.school(number)).exists():
                make.school(id=audit_log.school(number), name=f"School {number}")
        user = User.objects.filter(email=EMAIL).first() or people.over(*audit_log.schools(), email=EMAIL)
    browser.force_login(user)
    figures: list[Figure] = []
    for one in measures(browser):
        figures += shown(list(_figures(one, _in_turn(browser, one, times, admin=admin))))
    return figures


def measures(browser: Client) -> Iterator[Measure]:
    """Yield what is measured."""
    log, over_time = reverse("audit-list"), reverse("audit-over-time")
    student = audit_log.student(7)
    yield Measure("first page", log, ADMIN)
    yield Measure(f"page {PAGE:,}", f"{log}?{urlencode({'page': _cursor()})}", f"{ADMIN}?p={PAGE}", log)
    yield Measure("student", _address(browser, f"student:{student}"), f"{ADMIN}?q={student}")
    yield Measure("rare word", _address(browser, audit_log.RARE), f"{ADMIN}?q={audit_log.RARE}")
    yield Measure("common word", _address(browser, audit_log.COMMON), f"{ADMIN}?q={audit_log.COMMON}")
    common = f"school:{audit_log.school(3)} {audit_log.COMMON}"
    yield Measure("common word in one school", _address(browser, common), "")
    yield Measure("histogram", over_time, "")
    yield Measure("histogram of a common word", _address(browser, audit_log.COMMON).replace(log, over_time, 1), "")


def _address(browser: Client, text: str) -> str:
    """Return the address to which the form sends somebody who types the text: words are sealed in it."""
    address = browser.post(reverse("audit-list"), {"q": text}).headers["Location"]
    return str(address)


def _cursor() -> str:
    """Return how the page is named that begins PAGE pages after the first."""
    with system_scope(reason="bench"):
        last = AuditLog.objects.order_by(*NEWEST_FIRST)[(PAGE - 1) * 50 - 1]
        shown_rows = AuditLog.objects.filter(event_timestamp__lte=last.event_timestamp)
        return page(shown_rows, order=NEWEST_FIRST, size=1).next


def _in_turn(browser: Client, one: Measure, times: int, *, admin: bool) -> Taken:
    taken = Taken([], [], [])
    _open(browser, one.address)
    for _ in range(TURNS):
        for _ in range(times):
            taken.ours.extend(milliseconds(lambda: _open(browser, one.address), 1))
            if one.beside:
                taken.beside.extend(milliseconds(lambda: _open(browser, one.beside), 1))
        if admin and one.admin:
            taken.theirs.extend(milliseconds(lambda: _open(browser, one.admin), 1))
        elif admin and one.name == "histogram":
            taken.theirs.extend(milliseconds(_plain_histogram, 1))
    return taken


def _open(browser: Client, address: str) -> None:
    answer = browser.get(address)
    if answer.status_code != 200:  # noqa: PLR2004 - HTTP
        raise RuntimeError(f"{address} answered {answer.status_code}")
    b"".join(answer) if answer.streaming else answer.content


def _plain_histogram() -> None:
    with system_scope(reason="bench"):
        months = AuditLog.objects.annotate(month=TruncMonth("event_timestamp")).values("month")
        list(months.annotate(rows=Count("pk")).order_by("month"))


def _figures(one: Measure, taken: Taken) -> Iterator[Figure]:
    """Yield how many times faster the portal is, and how long it takes."""
    ours = taken.ours
    if taken.theirs:
        faster = statistics.median(taken.theirs) / statistics.median(ours)
        say(f"  {one.name}: {statistics.median(taken.theirs):,.0f} ms by Django's admin or plain ORM")
        bar = TIMES_FASTER if one.admin else None
        yield Figure(f"{one.name}, times faster than Django's admin", faster, "times", bar=bar)
    yield Figure(f"{one.name}, p50", statistics.median(ours), "ms", better="lower")
    first = p95(taken.beside) if taken.beside else None
    most = AS_QUICK if taken.beside else None
    yield Figure(f"{one.name}, p95", p95(ours), "ms", baseline=first, bar=most, better="lower")
