"""Lets people act at the same moment, and prints what came of it.

Run as a program by test_races.py. The environment names migrated databases that several connections can
open at once, which the in-memory databases of the tests cannot. Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import django

ROUNDS = 4


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Run the acts in threads that start at the same moment; return what they return."""
    from django.db import connections

    from classwaves_admin.tenancy.scope import system_scope

    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        start.wait()
        try:
            with system_scope(reason="test"):
                return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def a_click_twice() -> dict[str, int]:
    """Send the same answers from two tabs."""
    from classwaves_admin.warehouse.models import ParentalConsent
    from consent.models import Answer
    from tests.factories import catalog as make
    from tests.factories import families
    from tests.integration.consent.conftest import Parent, answers_for, ask

    school = make.school()
    child = make.student(school=school)
    guardian = families.guardian(child)
    ask(school, child)
    page = Parent(guardian).link()

    def press() -> int:
        return int(Parent(guardian).answer(page, answers_for(child)).status_code)

    statuses = together(press, press)
    return {
        "redirected": statuses.count(302),
        "rows": ParentalConsent.objects.filter(student=child).count(),
        "answers": Answer.objects.filter(student_id=child.id).count(),
    }


def a_yes_beside_a_no() -> list[dict[str, Any]]:
    """One guardian confirms a yes while the other says no, several times."""
    from classwaves_admin.lib.clock import now
    from classwaves_admin.warehouse.models import AuditLog, Student
    from classwaves_admin.warehouse.outbox import delivery
    from consent.queries.circumstances import circumstances_of
    from consent.queries.rows import consents_of, facts_of
    from consent.rules.effective import effective
    from tests.factories import catalog as make
    from tests.factories import families
    from tests.integration.consent.conftest import Parent, answers_for, ask

    outcomes = []
    for _ in range(ROUNDS):
        school = make.school()
        child = make.student(school=school)
        mother, father = Parent(families.guardian(child)), Parent(families.guardian(child))
        ask(school, child)
        mother.answer(mother.link(), answers_for(child))
        confirm, page = mother.link("/c/v/"), father.link()
        no = answers_for(child, service="no", audio="", ai="", third_party="")
        together(lambda: mother.post(confirm, {}), lambda: father.answer(page, no))  # noqa: B023 - run at once
        delivery.deliver(even_if_resting=True)
        facts = facts_of(consents_of([child.id])[child.id])
        about = circumstances_of([child.id], now())[child.id]
        student = Student.objects.get(pk=child.pk)
        outcomes.append(
            {
                "status": effective(facts, "service_collection_use", about, now()).status.value,
                "flags": student.has_parental_consent or student.audio_recording_consent,
                "flagged": AuditLog.objects.filter(event_type="consent.conflict_flagged", resource_id=child.id).count(),
            }
        )
    return outcomes


def two_offices() -> list[int]:
    """Ask the same guardian from two desks, several times; return how many invitations each time left."""
    from classwaves_admin.lib.clock import now
    from consent.actions.ask import ask_for_consent
    from consent.models import Invitation
    from tests.factories import catalog as make
    from tests.factories import families
    from tests.integration.consent.conftest import ADMIN

    counts = []
    for _ in range(ROUNDS):
        child = make.student()
        guardian = families.guardian(child)
        school_id = child.school_id

        def ask(school_id: str = school_id, child_id: str = child.id) -> None:
            ask_for_consent(school_id=school_id, student_ids=[child_id], by=ADMIN, now=now())

        together(ask, ask)
        counts.append(Invitation.objects.filter(guardian=guardian).count())
    return counts


def two_workers_remind() -> dict[str, list[int]]:
    """Let two workers remind and let consents end at once; return mails, rows and events of each request and child."""
    from datetime import timedelta

    from classwaves_admin.lib.actor import system
    from classwaves_admin.lib.clock import now
    from classwaves_admin.notifications.models import OutgoingMail
    from classwaves_admin.warehouse.models import AuditLog
    from classwaves_admin.warehouse.outbox import delivery
    from consent.actions.expire import note_ended
    from consent.actions.remind import remind_waiting
    from consent.models import Reminder
    from tests.factories import catalog as make
    from tests.factories import families

    by, moment, school = system("race"), now(), make.school()
    week = moment - timedelta(days=8)
    children = [make.student(school=school) for _ in range(12)]
    for child in children:
        families.request(families.guardian(child), child, created_at=week, mailed_at=week, sent_at=week)
        families.consents(child, expires_at=moment - timedelta(hours=1))
    together(*[lambda: remind_waiting(by=by, now=moment)] * 2)
    together(*[lambda: note_ended(by=by, now=moment)] * 2)
    delivery.deliver(even_if_resting=True)
    return {
        "mails": [OutgoingMail.objects.filter(kind="consent.reminder").count(), Reminder.objects.count()],
        "ends": [
            AuditLog.objects.filter(event_type="consent.expired", resource_id=child.id).count() for child in children
        ],
    }


def a_code_beside_an_answer() -> list[str]:
    """Type a code while the answer behind it is being saved; return the errors."""
    from django.db import DatabaseError, transaction

    from classwaves_admin.lib.clock import now
    from consent.actions.links import try_code
    from consent.actions.locks import lock_invitation
    from consent.models import Link
    from tests.factories import catalog as make
    from tests.factories import families
    from tests.integration.consent.conftest import Parent, ask

    school = make.school()
    child = make.student(school=school)
    parent = Parent(families.guardian(child))
    (invitation_id,) = ask(school, child).invitation_ids
    code, held = parent.code(), Event()

    def save() -> None:
        with transaction.atomic():
            lock_invitation(invitation_id)
            held.set()
            time.sleep(0.5)  # until the other has its locks
            Link.objects.filter(invitation_id=invitation_id).update(used_at=now())

    def type_it() -> None:
        held.wait()
        try_code(address=parent.guardian.email, code=code, now=now())

    def told(act: Callable[[], None]) -> str:
        try:
            act()
        except DatabaseError as error:
            return type(error.__cause__).__name__
        return ""

    return [error for error in together(lambda: told(save), lambda: told(type_it)) if error]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classwaves_admin.settings")
    django.setup()
    from django.test.utils import setup_test_environment

    from classwaves_admin.tenancy.scope import system_scope

    setup_test_environment()
    with system_scope(reason="test"):
        outcome: dict[str, Any] = {
            "clicks": a_click_twice(),
            "guardians": a_yes_beside_a_no(),
            "offices": two_offices(),
        }
        outcome["workers"] = two_workers_remind()
        outcome["code"] = a_code_beside_an_answer()
    sys.stdout.write(json.dumps(outcome))
