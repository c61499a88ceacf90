"""kill -9 of the warehouse: a consent and a batch of audit rows arrive once, in order, flags last."""

from __future__ import annotations

import io
import os
import random
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import system
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog, NotificationQueue, ParentalConsent, Student
from classwaves_admin.warehouse.outbox import delivery, gateway
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from consent.models import Answer
from tests import spark
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import Parent, answers_for, ask, hidden, reloaded
from tests.integration.outbox.power import cut_during
from tests.spark import Warehouse
from tests.warehouse.conftest import instead_of_the_warehouse

pytestmark = [
    pytest.mark.integration,
    pytest.mark.warehouse,
    pytest.mark.slow,
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
]

# A batch goes in chunks of 0.9 MB: this many rows are several statements.
EVENTS = 4_000
# By night more: POWER_ROUNDS=10.
ROUNDS = int(os.environ.get("POWER_ROUNDS", "1"))
# The moments at which the power goes: POWER_SEED repeats those of a run that failed.
SEED = int(os.environ.get("POWER_SEED") or random.randrange(1_000_000))
DICE = random.Random(SEED)
STEPS = ["consent.requested", "notice.sent", "consent.viewed", "consent.granted", "consent.refused", "consent.verified"]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Iterator[Warehouse]:
    """Start a warehouse that these tests may kill, with the empty catalog."""
    spark.ensure_environment()
    warehouse = spark.start(tmp_path_factory.mktemp("power"))
    with django_db_blocker.unblock(), instead_of_the_warehouse(warehouse.url()):
        call_command("catalog", "create", stdout=io.StringIO())
    yield warehouse
    warehouse.stop()


@pytest.fixture
def power(prepared: Warehouse, transactional_db: None) -> Iterator[Warehouse]:
    """Have the portal use that warehouse, and let the test itself look at every school."""
    cache.clear()
    mail.outbox.clear()
    with instead_of_the_warehouse(prepared.url()), system_scope(reason="test"):
        yield prepared
    cache.clear()


def deliver_the_rest() -> None:
    """Deliver as the worker does once the warehouse is back."""
    assert not delivery.deliver(even_if_resting=True).failed
    assert not OutboxEntry.objects.exists()


def only_once(names: list[str]) -> bool:
    """Tell whether no value is there twice."""
    return len(set(names)) == len(names)


def kept(page: Any, name: str, value: str) -> bool:
    """Tell whether the waiting page carries the field on."""
    return f'name="{name}"' in page.content.decode() and f'value="{value}"' in page.content.decode()


def moment(longest: float) -> float:
    """Return a random time in seconds; SEED repeats it."""
    return DICE.uniform(0, longest)


def events_of(school: str) -> list[str]:
    """Return the ids of a school's events as the log has them, in order, each as often as it is there."""
    return list(AuditLog.objects.filter(school_id=school).order_by("resource_id").values_list("id", flat=True))


def test_a_consent_survives_the_end_of_the_warehouse(power: Warehouse) -> None:
    """While a form is read, while answers arrive, while they are verified: nothing typed is lost, nothing torn."""
    school = make.school(name="Harbour School")
    child = make.student(school=school, display_name="Ana Lopez")
    make.coppa(student=child, birth_year=2016)
    parent = Parent(families.guardian(child))
    ask(school, child)
    page = parent.link()
    form = hidden(parent.check(page, answers_for(child, third_party="no"))) | {"send": "yes"}

    with cut_during(power, verb="SELECT") as cut:
        waits = parent.browser.post(page, form)
    assert cut.in_the_middle
    assert waits.status_code == 503
    for name, value in form.items():
        assert name == "csrfmiddlewaretoken" or kept(waits, name, value), name
    assert not Answer.objects.exists()
    power.restart()

    with cut_during(power, verb="MERGE", number=2, after=moment(0.2)) as cut:
        saved = parent.browser.post(page, form)
    assert cut.in_the_middle
    assert (saved.status_code, saved["Location"]) == (302, f"{page}thanks/?lang=en")
    assert b"Thank you. Your answers are saved." in parent.get(saved["Location"]).content
    assert Answer.objects.count() == 4
    power.restart()

    confirm = parent.link("/c/v/")  # before the worker has brought the rest
    assert parent.get(confirm).status_code == 200
    with cut_during(power, verb="MERGE", number=3, after=moment(0.2)) as cut:
        verified = parent.post(confirm, {})
    assert cut.in_the_middle
    assert verified.status_code == 302
    power.restart()

    before = set(ParentalConsent.objects.exclude(verified_at=None).values_list("consent_type", flat=True))
    flags = reloaded(child)
    assert len(before) == 3 or not (flags.has_parental_consent or flags.audio_recording_consent)
    deliver_the_rest()
    rows = ParentalConsent.objects.values_list("consent_type", "consent_given", "verification_method")
    assert sorted(rows) == [
        ("ai_analysis", True, "email_plus"),
        ("audio_recording", True, "email_plus"),
        ("service_collection_use", True, "email_plus"),
        ("third_party_disclosure", False, "unverified"),
    ]
    flags = reloaded(child)
    assert (flags.has_parental_consent, flags.audio_recording_consent, flags.data_sharing_consent) == (
        True,
        True,
        False,
    )
    logged = AuditLog.objects.filter(school_id=school.pk).values_list("event_type", flat=True)
    assert sorted(logged) == sorted(STEPS)
    assert only_once(list(NotificationQueue.objects.values_list("id", flat=True)))


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_batch_of_audit_rows_survives_the_end_of_the_warehouse(
    power: Warehouse, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Whatever moment of a delivery the power goes at: what arrived is the beginning, the rest comes once."""
    school = f"school-{number}"
    student = make.student(school=make.school(id=school), has_parental_consent=False)
    monkeypatch.setattr(gateway, "_after_commit", lambda _unit: None)
    rows: list[AuditLog] = []
    with transaction.atomic():
        for event in range(EVENTS):
            resource = ("student", f"{event:06}")
            record("student.viewed", by=system("test"), school_id=school, resource=resource, write=rows.append)
        gateway.insert(*rows)
        gateway.update(Student, student.id, has_parental_consent=True)
    statement, due = DICE.randint(1, 3), moment(0.3)
    sys.stdout.write(f"POWER_SEED={SEED}: the power goes {due:.3f} s into statement {statement}\n")

    with cut_during(power, verb="MERGE", number=statement, after=due) as cut:
        outcome = delivery.deliver(even_if_resting=True)
    assert outcome.failed == cut.in_the_middle
    power.restart()

    wanted = [row.id for row in rows]
    arrived = events_of(school)
    assert arrived == wanted[: len(arrived)]
    assert reloaded(student).has_parental_consent <= (len(arrived) == EVENTS)
    deliver_the_rest()
    assert (
        list(AuditLog.objects.filter(school_id=school).order_by("resource_id").values_list("id", flat=True)) == wanted
    )
    assert reloaded(student).has_parental_consent
