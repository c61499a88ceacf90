"""Random years of one child and two guardians, through the real actions and the nightly jobs.

Whatever happens in whatever order, the flags in the catalog, the gate of a session, the page of the student, the
answer for other programs, the register of ages and the limits of a child under 13 say the same as the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import Actor, ActorType, system
from classwaves_admin.tenancy.scope import Scope, inside
from classwaves_admin.warehouse.models import ClassroomSession, CoppaCompliance, School, Student
from classwaves_admin.warehouse.outbox import delivery
from consent.actions.answer import InvitationClosed, record_answers
from consent.actions.ask import ask_for_consent
from consent.actions.birthdays import keep_birthdays
from consent.actions.check_flags import check_flags
from consent.actions.expire import note_ended
from consent.actions.forget import forget_unanswered
from consent.actions.links import mint
from consent.actions.orders import About, record_order
from consent.actions.settle import NothingToSettle, settle_conflict
from consent.actions.verify import verify_answers
from consent.actions.withdraw import withdraw
from consent.models import Guardian, Guardianship, Invitation
from consent.models.links import Purpose
from consent.queries.answer_page import answer_page
from consent.queries.circumstances import circumstances_of
from consent.queries.disagreement import disagreement_of, seen_as
from consent.queries.gate import session_gate
from consent.queries.rows import consents_of, facts_of
from consent.queries.student_state import student_state
from consent.queries.worklist import worklist
from consent.rules.dependencies import settled
from consent.rules.flags import flags_for
from consent.rules.gate import may_analyse, may_record
from consent.rules.limits import limits_for
from consent.rules.settling import Reason
from consent.rules.worklist import Matter
from consent.vocabulary import ASKED_TYPES, ConsentType
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import ADMIN

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.django_db(databases=["default", "warehouse"]),
]
JOB = system("consent")
START = datetime(2025, 9, 1, 15, 0, tzinfo=UTC)
MOTHER, FATHER = 0, 1


@dataclass
class Family:
    """A child of one school with two guardians, a session in which the child sits alone, and what time it is."""

    school: School
    child: Student
    guardians: tuple[Guardian, Guardian]
    session: ClassroomSession
    now: datetime

    def latest(self, which: int) -> Invitation | None:
        """Return the newest request to a guardian."""
        return Invitation.objects.filter(guardian=self.guardians[which]).order_by("-created_at", "-id").first()

    def parent(self, which: int) -> Actor:
        """Return a guardian as the one who acts."""
        return Actor(self.guardians[which].id, ActorType.PARENT)

    def ask(self, which: int) -> None:
        """The office asks one guardian."""
        ask_for_consent(
            school_id=self.school.id,
            student_ids=[self.child.id],
            guardian_id=self.guardians[which].id,
            by=ADMIN,
            now=self.now,
        )

    def answer(self, which: int, said: dict[ConsentType, bool]) -> None:
        """A guardian answers the newest request, in whatever state it is."""
        invitation = self.latest(which)
        if invitation is None:
            return
        page = answer_page(invitation, "en")
        answers = {child.id: {kind: bool(yes) for kind, yes in settled(said).items()} for child in page.children}
        with suppress(InvitationClosed, ValueError):
            record_answers(
                page=page,
                answers=answers,
                signer_name="A Parent",
                relationship="parent",
                by=self.parent(which),
                now=self.now,
            )

    def verify(self, which: int) -> None:
        """A guardian opens the second mail of the newest request and confirms."""
        if invitation := self.latest(which):
            link = mint(invitation, Purpose.VERIFY, now=self.now).link
            with suppress(InvitationClosed):
                verify_answers(link=link, by=self.parent(which), now=self.now)

    def consent(self, which: int, said: dict[ConsentType, bool]) -> None:
        """A guardian is asked, answers and confirms, all in one go."""
        self.ask(which)
        self.answer(which, said)
        self.verify(which)

    def withdraw(self, which: int, types: list[ConsentType]) -> None:
        """A guardian takes consents back."""
        withdraw(
            guardian=self.guardians[which],
            student_id=self.child.id,
            types=types,
            signer_name="A Parent",
            relationship="parent",
            by=self.parent(which),
            now=self.now,
        )

    def order(self, which: int) -> None:
        """A court forbids a guardian any contact about the child."""
        tie = Guardianship.objects.filter(guardian=self.guardians[which], restricted=False).first()
        if tie is not None:
            record_order(
                tie_id=tie.id, about=About.CHILD, reference="Order 1", dated=self.now.date(), by=ADMIN, now=self.now
            )

    def settle(self, consent_stands: bool) -> None:
        """The office settles what the guardians disagree about."""
        with suppress(NothingToSettle):
            settle_conflict(
                student=self.child,
                types=ASKED_TYPES,
                consent_stands=consent_stands,
                reason=Reason.AGREED,
                reference="Call",
                seen=seen_as(disagreement_of(self.child, self.now)),
                by=ADMIN,
                now=self.now,
            )

    def other_service(self, given: bool) -> None:
        """Another service of ClassWaves writes a row of its own; the nightly check sees it."""
        make.consent(
            student=self.child,
            consent_type=ConsentType.AUDIO.value,
            consent_given=given,
            consent_date=self.now,
            verified_at=self.now if given else None,
            expires_at=None,
        )
        check_flags(by=JOB, now=self.now)

    def pass_days(self, days: int) -> None:
        """Let time pass, and a night with all its jobs."""
        self.now += timedelta(days=days)

    def night(self) -> None:
        """Run the nightly jobs."""
        note_ended(by=JOB, now=self.now)
        keep_birthdays(students=[Student.objects.get(pk=self.child.id)], by=JOB, now=self.now)
        forget_unanswered(by=JOB, now=self.now)


class Step(NamedTuple):
    """One thing that happens: a method of the family, and what it is called with."""

    what: str
    args: tuple[Any, ...]

    def take(self, family: Family) -> None:
        """Let it happen."""
        getattr(family, self.what)(*self.args)


def step(happens: Callable[..., None], *args: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    """Return the strategy of one kind of step."""
    return st.builds(Step, st.just(happens.__name__), st.tuples(*args))


who = st.sampled_from([MOTHER, FATHER])
yes_or_no = st.fixed_dictionaries({kind: st.booleans() for kind in ASKED_TYPES})
mostly_yes = st.fixed_dictionaries({kind: st.sampled_from([True, True, True, False]) for kind in ASKED_TYPES})
some_types = st.lists(st.sampled_from(ASKED_TYPES), min_size=1, max_size=2, unique=True)
asked = step(Family.consent, who, mostly_yes)
passed = step(Family.pass_days, st.sampled_from([1, 8, 31, 200, 400, 900]))
# What happens most in life stands here most: others would hardly ever meet a consent in force, or its end.
steps: st.SearchStrategy[Step] = st.one_of(
    asked,
    asked,
    passed,
    passed,
    passed,
    step(Family.ask, who),
    step(Family.answer, who, yes_or_no),
    step(Family.verify, who),
    step(Family.withdraw, who, some_types),
    step(Family.settle, st.booleans()),
    step(Family.other_service, st.booleans()),
    step(Family.order, who),
)
histories = st.builds(lambda first, rest: [first, *rest], asked, st.lists(steps, min_size=3, max_size=8))


def new_family(age: int) -> Family:
    """Save the child, the guardians, the session."""
    school = make.school()
    child = make.student(school=school)
    make.coppa(student=child, birth_year=START.year - age)
    mother, father = families.guardian(child), families.guardian(child, relationship="father")
    session = make.session(school=school)
    group = make.group(session=session)
    make.participant(session=session, student=child, group=group)
    return Family(school, child, (mother, father), session, START)


def faults(family: Family) -> list[str]:
    """Return what disagrees with the rules."""
    now = family.now
    with inside(Scope((family.school.id,))):
        child = Student.objects.get(pk=family.child.id)
        rows = facts_of(consents_of([child.id])[child.id])
        about = circumstances_of({child.id: child.school_id}, now)[child.id]
        flags, record = flags_for(rows, about, now), may_record(rows, about, now)
        state = student_state(child.id, now)
        said = {
            "flags": {name: getattr(child, name) for name in flags.columns()} == flags.columns(),
            "gate": session_gate(family.session.id, now).gate.all_may_record == record,
            "program": (state.may_record, state.may_analyse) == (record, may_analyse(rows, about, now)),
            "worklist": not worklist(now).items[Matter.DRIFT],
        }
        required = asdict(limits_for(rows, about, now))
        for age in CoppaCompliance.objects.filter(student_id=child.id):
            said["age"] = age.is_under_13 == about.under_13
            said |= {name: getattr(age, name) for name, needed in required.items() if needed}
    return [name for name, right in said.items() if not right]


@contextmanager
def rolled_back() -> Iterator[None]:
    """Leave nothing behind: the years of one example are not the past of the next."""
    with transaction.atomic("default"), transaction.atomic("warehouse"):
        yield
        transaction.set_rollback(True, "default")
        transaction.set_rollback(True, "warehouse")


@settings(max_examples=settings().max_examples // 5, deadline=None, suppress_health_check=list(HealthCheck))
@given(age=st.sampled_from([9, 12, 13, 16, 17, 18]), history=histories)
def test_everything_agrees_with_the_rules_at_all_times(age: int, history: list[Step]) -> None:
    """After each step, each delivery and each night, no place says anything else than the rules."""
    with rolled_back():
        family = new_family(age)
        for number, happens in enumerate(history):
            with time_machine.travel(family.now, tick=False):
                happens.take(family)
            with time_machine.travel(family.now, tick=False):
                assert clock.now() == family.now
                family.night()
                delivery.deliver(even_if_resting=True)
                assert faults(family) == [], f"after step {number}"
