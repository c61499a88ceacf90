"""The numbers over a whole scope agree with the page of each student, whatever the catalog holds."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from classwaves_admin.portal.numbers import GROUPS
from classwaves_admin.schools.values import value
from classwaves_admin.tenancy.scope import Scope, inside, system_scope
from classwaves_admin.warehouse.models import School, Student
from classwaves_admin.warehouse.outbox.models import OutboxEntry
from consent.models import Answer, NoticeText
from consent.queries.glances import glances_of
from consent.queries.overview import overview
from consent.queries.students import Filters, student_page
from consent.queries.worklist import worklist
from consent.rules.overview import Standing
from consent.rules.worklist import Matter
from consent.vocabulary import ASKED_TYPES, ConsentType, Relationship, VerificationMethod
from tests.factories import catalog as make
from tests.factories import families

pytestmark = [pytest.mark.integration, pytest.mark.django_db(databases=["default", "warehouse"])]
METHODS = [*VerificationMethod, "carrier_pigeon"]
RELATIONSHIPS = [*Relationship, "neighbour"]


def some_consent(child: Student, dice: random.Random, now: datetime) -> None:
    """Save a consent as any service might have written it."""
    given = dice.random() < 0.7
    make.consent(
        student=child,
        consent_type=dice.choice([*ASKED_TYPES, ConsentType.SCHOOL_AUTHORIZATION]),
        consent_given=given,
        consent_date=now - timedelta(days=dice.choice([0, 5, 7, 9, 400])),
        verification_token=None if given or dice.random() < 0.6 else "hash",
        verified_at=dice.choice([None, now, now]) if given else None,
        verification_method=dice.choice(METHODS) if dice.random() < 0.4 else "email_plus",
        relationship=dice.choice(RELATIONSHIPS) if dice.random() < 0.4 else "mother",
        expires_at=dice.choice(
            [None, now - timedelta(days=1), now, now + timedelta(days=20), now + timedelta(days=90)]
        ),
        revoked_at=dice.choice([None, None, None, now]),
    )


def some_student(school: School, dice: random.Random, now: datetime) -> Student:
    """Save a student of any age, asked or not, with any history."""
    child = make.student(school=school, grade_level=dice.choice([None, "05", "8", "KG"]))
    for _ in range(dice.choice([0, 1, 1, 1, 2])):
        make.coppa(student=child, birth_year=dice.choice([None, now.year - 10, now.year - 15, now.year - 20]))
    for _ in range(dice.choice([0, 1, 2, 4, 6])):
        some_consent(child, dice, now)
    if dice.random() < 0.3:
        guardian = families.guardian(child, restricted=dice.random() < 0.3, email=child.parent_email or "")
        families.request(guardian, child)
    return child


@pytest.mark.parametrize("seed", range(4))
def test_the_sum_is_the_sum_of_its_parts(seed: int) -> None:
    """For any mix of rows, each number of the overview equals the count over the students' own pages."""
    dice, now = random.Random(seed), timezone.now()
    school = make.school()
    ids = [some_student(school, dice, now).id for _ in range(30)]
    with inside(Scope((school.id,))):
        seen = overview(now)
        glances = glances_of(dict.fromkeys(ids, school.id), now).values()
    assert seen.together.standings == Counter(one.standing for one in glances)
    assert seen.together.students == len(ids)
    assert seen.together.overdue == sum(one.overdue for one in glances)
    assert seen.together.ends_soon == sum(one.ends_soon for one in glances)
    assert seen.together.conflicts == sum(one.in_conflict for one in glances)
    assert seen.together.under_13_without_consent == sum(one.under_13_without_consent for one in glances)
    assert sum(numbers.students for numbers in seen.by_grade.values()) == len(ids)


@pytest.mark.parametrize("seed", range(4))
def test_a_number_that_leads_to_the_worklist_is_the_number_of_its_lines(seed: int) -> None:
    """Late second steps, ends and disagreements are counted by one rule, sharing with a third party included."""
    dice, now = random.Random(seed), timezone.now()
    school = make.school()
    for _ in range(40):
        some_student(school, dice, now)
    with inside(Scope((school.id,))):
        seen, lines = overview(now).together, worklist(now).items
    assert seen.overdue == len(lines[Matter.UNVERIFIED])
    assert seen.ends_soon == len(lines[Matter.ENDING])
    assert seen.conflicts == len(lines[Matter.CONFLICT])


@pytest.mark.parametrize("seed", range(4))
def test_the_filters_leave_nobody_out(seed: int) -> None:
    """For any mix of rows, the lists of all standings hold each student exactly once; so do those of the charts."""
    dice, now = random.Random(100 + seed), timezone.now()
    school = make.school()
    ids = [some_student(school, dice, now).id for _ in range(30)]
    with inside(Scope((school.id,))):
        for standings in (list(Standing), [group for group, _ in GROUPS]):
            found = [
                row.student.id
                for standing in standings
                for row in student_page(Filters(standing=standing), cursor="", now=now).rows
            ]
            assert sorted(found) == sorted(ids)


def test_an_answer_on_its_way_counts_at_once() -> None:
    """While the warehouse is down, the overview knows the answers that wait in the outbox."""
    now, child = timezone.now(), make.student()
    make.coppa(student=child, birth_year=now.year - 15)
    guardian = families.guardian(child)
    for consent_type in (ConsentType.SERVICE, ConsentType.AUDIO):
        notice = NoticeText.objects.create(
            version=f"{consent_type}@1/en/sha256:0",
            school_id=child.school_id,
            consent_type=consent_type,
            language="en",
            title="",
            text="",
        )
        answer = Answer.objects.create(
            guardian=guardian,
            school_id=child.school_id,
            student_id=child.id,
            consent_type=consent_type,
            given=True,
            consent_id=f"c-{consent_type}",
            notice=notice,
            signer_name="Maria Lopez",
            relationship="mother",
            method="email_plus",
            verified_at=now,
        )
        OutboxEntry.objects.create(
            unit="u", table="compliance.parental_consents", row_id=answer.consent_id, operation="insert"
        )
    with system_scope(reason="test"):
        assert overview(now).together.standings == {Standing.RECORDABLE: 1}
        assert glances_of({child.id: child.school_id}, now)[child.id].may_record


def test_two_warehouse_queries_however_many_students() -> None:
    """The overview of any scope costs two queries of the warehouse."""
    school, now = make.school(), timezone.now()
    counts = []
    value(school.id, "gate.strict_audio")  # what the school has decided is remembered
    for _ in range(2):
        for _ in range(3):
            families.consents(make.student(school=school))
        with system_scope(reason="test"), CaptureQueriesContext(connections["warehouse"]) as queries:
            overview(now)
        counts.append(len(queries))
    assert counts == [2, 2]
