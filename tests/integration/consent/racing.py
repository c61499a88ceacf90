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
from functools import partial
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
        about = circumstances_of({child.id: child.school_id}, now())[child.id]
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


def a_paper_beside_an_answer() -> list[dict[str, Any]]:
    """Staff record a paper yes while the same parent says no online, several times."""
    from classwaves_admin.lib.clock import now
    from classwaves_admin.warehouse.models import ParentalConsent, Student
    from classwaves_admin.warehouse.outbox import delivery
    from consent.actions.signed import record_signed_answers
    from consent.notices.texts import written
    from consent.queries.notices import school_facts
    from tests.factories import catalog as make
    from tests.factories import families
    from tests.integration.consent.conftest import ADMIN, Parent, answers_for, ask
    from tests.integration.consent.test_signed import YES, check

    outcomes = []
    for _ in range(ROUNDS):
        school = make.school()
        child = make.student(school=school)
        parent = Parent(families.guardian(child))
        ask(school, child)
        page, notices = parent.link(), written(school_facts(school.id), "en")
        no = answers_for(child, service="no", audio="", ai="", third_party="")

        def desk(guardian_id: str = parent.guardian.id, child_id: str = child.id, notices: Any = notices) -> None:
            record_signed_answers(
                guardian_id=guardian_id,
                answers={child_id: YES},
                notices=notices,
                signer_name="Maria",
                relationship="mother",
                checked=check(),
                by=ADMIN,
                now=now(),
            )

        together(desk, lambda: parent.answer(page, no))  # noqa: B023 - run at once
        delivery.deliver(even_if_resting=True)
        live = set(
            ParentalConsent.objects.filter(student=child, revoked_at=None).values_list("consent_given", flat=True)
        )
        student = Student.objects.get(pk=child.pk)
        outcomes.append({"one_word": len(live) == 1, "flags_agree": student.has_parental_consent is (live == {True})})
    return outcomes


def two_desks_with_one_paper() -> list[dict[str, int]]:
    """Type the same code in at two desks at once, several times."""
    from classwaves_admin.lib.clock import now
    from consent.actions.paper import FormSpent
    from consent.actions.signed import record_signed_answers
    from consent.models import Answer, Evidence
    from consent.queries.printing import sheets_for
    from tests.factories import catalog as make
    from tests.factories import families
    from tests.integration.consent.conftest import ADMIN
    from tests.integration.consent.test_paper import printed
    from tests.integration.consent.test_signed import YES, check

    outcomes = []
    for _ in range(ROUNDS):
        child = make.student()
        guardian = families.guardian(child)
        (one,) = printed(guardian)
        (sheet,) = sheets_for([guardian.id], now())

        def desk(form_id: str = one.form.id, child_id: str = child.id, sheet: Any = sheet) -> bool:
            try:
                record_signed_answers(
                    guardian_id=sheet.wanted.guardian.id,
                    answers={child_id: YES},
                    notices=sheet.wanted.notices,
                    signer_name="Maria",
                    relationship="mother",
                    checked=check(),
                    by=ADMIN,
                    now=now(),
                    form_id=form_id,
                )
            except FormSpent:
                return False
            return True

        took = together(desk, desk)
        outcomes.append(
            {
                "took": took.count(True),
                "answers": Answer.objects.filter(guardian=guardian).count(),
                "evidence": Evidence.objects.filter(guardian=guardian).count(),
            }
        )
    return outcomes


def two_people_who_edit() -> list[int]:
    """Change a guardian at two desks from the same page, several times; return how many were told to look again."""
    from classwaves_admin.lib.clock import now
    from consent.actions.guardians import Contact, amend_guardian, stamp
    from consent.actions.meanwhile import ChangedMeanwhile
    from consent.models import Guardianship
    from tests.factories import catalog as make
    from tests.factories import families
    from tests.integration.consent.conftest import ADMIN

    stale = []
    for _ in range(ROUNDS):
        guardian = families.guardian(make.student())
        tie = Guardianship.objects.select_related("guardian").get(guardian=guardian)

        def edit(name: str, tie_id: str = tie.id, seen: str = stamp(tie), email: str = guardian.email) -> bool:
            contact = Contact(name, email, "en", "mother")
            try:
                amend_guardian(tie_id=tie_id, contact=contact, seen=seen, by=ADMIN, now=now())
            except ChangedMeanwhile:
                return True
            return False

        stale.append(together(lambda: edit("First"), lambda: edit("Second")).count(True))
    return stale


def an_order_beside_an_answer() -> list[bool]:
    """Record a court order while the guardian confirms a yes, several times; return whether anything is permitted."""
    from classwaves_admin.lib.clock import now
    from classwaves_admin.warehouse.models import Student
    from classwaves_admin.warehouse.outbox import delivery
    from consent.actions.orders import About, record_order
    from consent.models import Guardianship
    from tests.factories import catalog as make
    from tests.factories import families
    from tests.integration.consent.conftest import ADMIN, Parent, answers_for, ask

    permitted = []
    for _ in range(ROUNDS):
        school = make.school()
        child = make.student(school=school)
        parent = Parent(families.guardian(child))
        ask(school, child)
        parent.answer(parent.link(), answers_for(child))
        confirm = parent.link("/c/v/")
        tie_id = Guardianship.objects.get(guardian=parent.guardian).id

        def court(tie_id: str = tie_id) -> None:
            moment = now()
            record_order(tie_id=tie_id, about=About.CHILD, reference="x", dated=moment.date(), by=ADMIN, now=moment)

        together(court, lambda: parent.post(confirm, {}))  # noqa: B023 - run at once
        delivery.deliver(even_if_resting=True)
        student = Student.objects.get(pk=child.pk)
        permitted.append(student.has_parental_consent or student.audio_recording_consent)
    return permitted


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


def errors_beside_an_answer(invitation_id: str, student_id: str, act: Callable[[], Any]) -> list[str]:
    """Act while the answer to a request is being saved; return the errors of both."""
    from django.db import DatabaseError, transaction

    from consent.actions.locks import lock_children, lock_invitation

    held = Event()

    def save() -> None:
        with transaction.atomic():
            lock_invitation(invitation_id)
            held.set()
            time.sleep(0.5)  # until the other has its locks
            lock_children([student_id])

    def beside() -> None:
        held.wait()
        act()

    def told(one: Callable[[], None]) -> str:
        try:
            one()
        except DatabaseError as error:
            return type(error.__cause__).__name__
        return ""

    return [error for error in together(lambda: told(save), lambda: told(beside)) if error]


def a_birthday_beside_an_answer() -> list[str]:
    """Pass the rights of a student while a parent's answer is being saved; return the errors."""
    from classwaves_admin.lib.clock import now
    from consent.actions.birthdays import keep_birthdays
    from tests.factories import catalog as make
    from tests.factories import families
    from tests.integration.consent.conftest import ADMIN, ask

    school = make.school()
    student = make.student(school=school)
    families.guardian(student)
    (invitation_id,) = ask(school, student).invitation_ids
    make.coppa(student=student, birth_year=now().year - 19, is_under_13=False)
    check = partial(keep_birthdays, students=[student], by=ADMIN, now=now())
    return errors_beside_an_answer(invitation_id, student.id, check)


def an_order_beside_the_others_answer() -> list[str]:
    """Record an order while the other guardian with the same mailbox answers; return the errors."""
    from classwaves_admin.lib.clock import now
    from consent.actions.orders import About, record_order
    from consent.models import Guardianship, Invitation
    from tests.factories import catalog as make
    from tests.factories import families
    from tests.integration.consent.conftest import ADMIN, ask

    school = make.school()
    student = make.student(school=school)
    barred, other = (families.guardian(student, email="both@home.example") for _ in range(2))
    ask(school, student)
    invitation_id = Invitation.objects.get(guardian=other).id
    tie = Guardianship.objects.get(guardian=barred)
    moment = now()
    court = partial(
        record_order, tie_id=tie.id, about=About.CHILD, reference="x", dated=moment.date(), by=ADMIN, now=moment
    )
    return errors_beside_an_answer(invitation_id, student.id, court)


def a_wish_twice() -> list[int]:
    """Ask in two tabs to answer again, several times; return how many requests were opened."""
    from classwaves_admin.lib.actor import Actor, ActorType
    from classwaves_admin.lib.clock import now
    from consent.actions.manage import answer_again
    from consent.models import Invitation
    from tests.factories import catalog as make
    from tests.factories import families

    opened = []
    for _ in range(ROUNDS):
        child = make.student()
        guardian = families.guardian(child)
        by = Actor(guardian.id, ActorType.PARENT)

        def again(guardian: Any = guardian, child_id: str = child.id, by: Actor = by) -> None:
            answer_again(guardian=guardian, student_ids=[child_id], by=by, now=now())

        together(again, again)
        opened.append(Invitation.objects.filter(guardian=guardian).count())
    return opened


def administrators_who_lower_each_other() -> dict[str, list[int]]:
    """End each other's access, in a district and in a school, several times; return how many are left each time."""
    from classwaves_admin.accounts.directory import standing_of
    from classwaves_admin.accounts.models import Membership
    from classwaves_admin.lib.clock import now
    from classwaves_admin.people.actions.people import Refused, change_staff, end_membership
    from classwaves_admin.warehouse.models import Teacher
    from classwaves_admin.warehouse.outbox import delivery
    from classwaves_admin.warehouse.outbox.holding import OnItsWay
    from tests.factories import catalog as make
    from tests.factories import people
    from tests.integration.consent.conftest import ADMIN

    def told(act: Callable[..., None], *who: Any) -> None:
        user, access = who
        try:
            act(access=access, user=user, by=ADMIN, now=now())
        except (Refused, OnItsWay):
            return

    left: dict[str, list[int]] = {"district": [], "school": []}
    for number in range(ROUNDS):
        today, district, school = now().date(), f"d-{number}", make.school()
        make.setting(school=school, key="district_id", value=district)
        held = [people.membership("district_admin", district=district) for _ in range(2)]
        staff = [people.staff("admin", school=school, email=f"admin{number}{one}@hill.example") for one in range(2)]
        acts = []
        for mine, theirs in (held, reversed(held)):
            who = mine.user, standing_of(mine.user, today=today).access
            acts.append(partial(told, partial(end_membership, membership=theirs), *who))
        together(*acts)
        acts = []
        for (user, _), (_, row) in (staff, reversed(staff)):
            lower = partial(change_staff, row=row, role="teacher", status="active")
            acts.append(partial(told, lower, user, standing_of(user, today=today).access))
        together(*acts)
        delivery.deliver(even_if_resting=True)
        left["district"].append(sum(one.counts_on(today) for one in Membership.objects.filter(district_id=district)))
        left["school"].append(Teacher.objects.filter(school_id=school.pk, role="admin").count())
    return left


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
        outcome["paper"] = a_paper_beside_an_answer()
        outcome["desks"] = two_desks_with_one_paper()
        outcome["edits"] = two_people_who_edit()
        outcome["orders"] = an_order_beside_an_answer()
        outcome["birthday"] = a_birthday_beside_an_answer()
        outcome["mailbox"] = an_order_beside_the_others_answer()
        outcome["wishes"] = a_wish_twice()
        outcome["administrators"] = administrators_who_lower_each_other()
    sys.stdout.write(json.dumps(outcome))
