"""Every queryset method and expression of the portal gives the same answer on every engine."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import NotSupportedError, transaction
from django.db.models import (
    Avg,
    Case,
    CharField,
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
    Window,
)
from django.db.models.functions import Cast, Coalesce, Lag, Length, Lower, RowNumber, Upper
from django.test.utils import CaptureQueriesContext

from classwaves_admin.warehouse.fields import StringField, TimestampField
from classwaves_admin.warehouse.models import AuditLog, CoppaCompliance, ParentalConsent, School, Student, Teacher
from tests.warehouse.contract.conftest import Contract
from tests.warehouse.contract.differences import expected
from tests.warehouse.contract.rows import AGES, AUDIT, CONSENTS, SCHOOLS, START, STUDENTS, TEACHERS

pytestmark = pytest.mark.warehouse


def ids(rows: Any) -> list[str]:
    """Return the ids of rows in rising order."""
    return sorted(row.pk for row in rows)


def test_filter_exclude_and_order_by() -> None:
    """Conditions meet as they do in Python, NULL included: `exclude` keeps the rows that have no value."""
    found = Student.objects.filter(status="active", has_parental_consent=True).exclude(grade_level="4")
    wanted = [s for s in STUDENTS if s.status == "active" and s.has_parental_consent and s.grade_level != "4"]
    assert [row.pk for row in found.order_by("-created_at", "id")] == ids(wanted)[::-1]
    either = Student.objects.filter(Q(grade_level="5") | ~Q(status="active"), school_id="k-school-1")
    assert ids(either) == ids(
        s for s in STUDENTS if (s.grade_level == "5" or s.status != "active") and s.school_id == "k-school-1"
    )


def test_counting_by_steps_of_a_number() -> None:
    """A number is kept below a bound and rounded down above it; rows are counted by the result, and by a condition."""
    year = F("birth_year")
    step = Case(When(birth_year__lt=2014, then=year), default=year - year % 10, output_field=IntegerField())
    groups = (
        CoppaCompliance.objects.exclude(birth_year=None)
        .annotate(step=step)
        .order_by()
        .values_list("step")
        .annotate(rows=Count("id"), young=Count("id", filter=Q(birth_year__gte=2015)))
        .order_by("-rows", "step")
    )
    wanted: dict[int, list[int]] = {}
    for row in AGES:
        if row.birth_year is not None:
            key = row.birth_year if row.birth_year < 2014 else row.birth_year - row.birth_year % 10
            wanted.setdefault(key, []).append(row.birth_year)
    counted = [(key, len(years), sum(one >= 2015 for one in years)) for key, years in wanted.items()]
    assert list(groups) == sorted(counted, key=lambda one: (-one[1], one[0]))


def test_all_values_and_values_list() -> None:
    """Rows come as models, dicts and tuples, with the types of their columns."""
    assert School.objects.all().order_by("id")[0].created_at == START
    assert list(School.objects.order_by("id").values("id", "max_teachers", "coppa_compliant")) == [
        {"id": school.pk, "max_teachers": school.max_teachers, "coppa_compliant": school.coppa_compliant}
        for school in SCHOOLS
    ]
    flat = Teacher.objects.order_by("id").values_list("school__name", flat=True)
    assert list(flat) == [f"School {1 + n % 3}" for n in range(6)]


def test_slices_count_from_any_place() -> None:
    """LIMIT and OFFSET cut an ordered list, and an empty slice is empty."""
    rows = Student.objects.order_by("id")
    assert ids(rows[:7]) == ids(STUDENTS[:7])
    assert ids(rows[55:80]) == ids(STUDENTS[55:])
    assert list(rows[80:90]) == []


def test_count_of_a_slice_is_capped() -> None:
    """A capped total asks for a slice's count: the log's "10,000+"."""
    assert AuditLog.objects.count() == len(AUDIT)
    assert AuditLog.objects.order_by()[:151].count() == 151
    assert AuditLog.objects.filter(event_category="auth")[:151].count() == sum(
        row.event_category == "auth" for row in AUDIT
    )


def test_get_first_and_exists() -> None:
    """One row, the first row, and whether there is one; absent and ambiguous rows raise Django's errors."""
    assert School.objects.get(pk="k-school-2").name == "School 2"
    with pytest.raises(School.DoesNotExist):
        School.objects.get(pk="k-school-9")
    with pytest.raises(School.MultipleObjectsReturned):
        School.objects.get(subscription_status="active")
    first = Student.objects.filter(school_id="k-school-3").order_by("-id").first()
    assert first
    assert first.pk == "k-student-059"
    assert School.objects.filter(pk="nobody").first() is None
    assert Student.objects.filter(display_name="O'Hara 007").exists()
    assert not Student.objects.filter(display_name="nobody").exists()


def test_in_bulk_of_more_ids_than_a_statement_has_markers() -> None:
    """IN takes any number of ids: 700 of them find the same rows as 60."""
    many = [f"k-student-{n:03}" for n in range(700)]
    assert sorted(Student.objects.in_bulk(many)) == ids(STUDENTS)
    assert Student.objects.filter(pk__in=many).count() == 60
    assert Student.objects.exclude(pk__in=many).count() == 0
    numbers = list(range(1990, 2500))
    assert CoppaCompliance.objects.filter(birth_year__in=numbers).count() == sum(bool(a.birth_year) for a in AGES)
    assert Student.objects.filter(pk__in=[]).count() == 0


def test_iterator_streams_in_order() -> None:
    """Every row comes once and in order, whatever the size of the portions."""
    rows = AuditLog.objects.order_by("event_timestamp", "id")
    wanted = [row.pk for row in sorted(AUDIT, key=lambda row: (row.event_timestamp, row.pk))]
    assert [row.pk for row in rows.iterator(chunk_size=17)] == wanted
    assert list(rows.values_list("pk", flat=True).iterator()) == wanted


def test_only_and_defer_leave_columns_out() -> None:
    """Columns that were left out are not sent, and are read when they are asked for."""
    row = AuditLog.objects.only("event_type", "school_id").get(pk="k-audit-005")
    assert row.get_deferred_fields() >= {"description", "affected_student_ids"}
    assert row.affected_student_ids == '["k-student-005"]'
    assert Student.objects.defer("display_name").get(pk="k-student-001").parent_email == "parent1@home.example"


def test_select_related_joins() -> None:
    """A reference is read in the same statement; a row that is named and is not there is left out."""
    student = Student.objects.select_related("school").get(pk="k-student-004")
    assert student.school.name == "School 2"
    consent = ParentalConsent.objects.select_related("student__school").get(pk="k-consent-001")
    assert (consent.student.display_name, consent.student.school.domain) == ("Björn 001", "School2.Example")
    assert Student.objects.filter(school__subscription_status="suspended").count() == 20


def test_reverse_none_and_distinct() -> None:
    """An order turned round, an empty queryset that asks nothing, and values once."""
    assert [row.pk for row in School.objects.order_by("id").reverse()] == ["k-school-3", "k-school-2", "k-school-1"]
    assert list(School.objects.none()) == []
    grades = Student.objects.filter(grade_level__isnull=False).values_list("grade_level", flat=True).distinct()
    assert set(grades) == {"4", "5", "6", "7"}
    assert len(grades) == 4


def test_aggregate() -> None:
    """Counts, sums, averages and ends of a column, with conditions, of no rows too."""
    numbers = Teacher.objects.aggregate(
        all=Count("id"),
        admins=Count("id", filter=Q(role="admin")),
        schools=Count("school_id", distinct=True),
        most=Max("login_count"),
        sum=Sum("total_sessions_created"),
        mean=Avg("login_count"),
        first=Min("created_at"),
    )
    assert numbers == {
        "all": 6, "admins": 1, "schools": 3, "most": 5, "sum": 55, "mean": 2.5, "first": START
    }  # fmt: skip
    assert Teacher.objects.filter(name="nobody").aggregate(most=Max("login_count"), all=Count("id")) == {
        "most": None,
        "all": 0,
    }


def test_annotate_groups() -> None:
    """Groups are counted, narrowed by their counts and sorted by them."""
    groups = (
        AuditLog.objects.values("event_type")
        .annotate(number=Count("id"), last=Max("event_timestamp"))
        .filter(number__gt=66)
        .order_by("-number", "event_type")
    )
    assert [(row["event_type"], row["number"]) for row in groups] == [("consent.granted", 67), ("student.viewed", 67)]
    assert groups[0]["last"] == max(row.event_timestamp for row in AUDIT if row.event_type == "consent.granted")


def test_a_union_of_different_tables() -> None:
    """Rows of two tables in one statement, with constants, NULLs and typed NULLs in the gaps."""
    nothing = Value(None, output_field=StringField())
    no_number = Cast(Value(None), IntegerField())
    flag = Case(When(audio_recording_consent=True, then=Value(1)), default=Value(0), output_field=IntegerField())
    known = Case(When(age_verification_method__in=["sis_dob"], then=F("birth_year")), output_field=IntegerField())
    union = (
        Student.objects.filter(status="active")
        .order_by()
        .values_list("id", "school_id", flag, no_number, "updated_at")
        .union(
            CoppaCompliance.objects.order_by().values_list("student_id", nothing, no_number, known, "updated_at"),
            all=True,
        )
    )
    found = list(union.iterator())
    assert len(found) == sum(s.status == "active" for s in STUDENTS) + len(AGES)
    years = {year for _, school, _, year, _ in found if school is None}
    assert {number for _, school, number, *_ in found if school is not None} <= {0, 1}
    assert {number for _, school, number, *_ in found if school is None} == {None}
    assert years == {a.birth_year for a in AGES if a.age_verification_method} | {None}
    assert {at for *_, at in found} == {START}


def test_a_part_without_repetition_in_a_union() -> None:
    """One part gives each value once, with constants and a NULL in the place of a moment; the other gives every row."""
    schools = CoppaCompliance.objects.order_by().values_list(
        "school_id", Value("ages"), Value(0, output_field=IntegerField()), Cast(Value(None), TimestampField())
    )
    students = Student.objects.order_by().values_list("id", "status", Cast(Value(None), IntegerField()), "updated_at")
    found = list(students.union(schools.distinct(), all=True))
    assert len(found) == len(STUDENTS) + len({age.school_id for age in AGES})
    assert {(number, at) for *_, number, at in found} == {(None, START), (0, None)}


def test_a_state_or_a_subquery_in_a_union() -> None:
    """Rows in a state, and those that a table names by way of another, beside the rows of a third."""
    aged = CoppaCompliance.objects.order_by().values("student_id")
    present = ParentalConsent.objects.filter(student__in=aged, student__isnull=False).order_by().values("student_id")
    here = Case(When(status="active", then=Value(1)), default=Value(0), output_field=IntegerField())
    students = Student.objects.filter(Q(status="active") | Q(id__in=present)).order_by().values_list("id", here)
    no_number = Cast(Value(None), IntegerField())
    found = students.union(Teacher.objects.order_by().values_list("id", no_number), all=True)
    there = {student_id: number for student_id, number in found if number is not None}
    named = set(present.values_list("student_id", flat=True))
    assert there == {s.pk: int(s.status == "active") for s in STUDENTS if s.status == "active" or s.pk in named}
    assert set(there.values()) == {0, 1}


def test_a_union_with_a_label() -> None:
    """Names of two tables are told apart by a constant column."""
    staff = Teacher.objects.filter(pk__in=["k-teacher-1"]).annotate(kind=Value("staff", output_field=CharField()))
    schools = School.objects.filter(pk__in=["k-school-1"]).annotate(kind=Value("school", output_field=CharField()))
    rows = staff.order_by().values_list("kind", "id", "name")
    rows = rows.union(schools.order_by().values_list("kind", "id", "name"), all=True)
    assert sorted(rows) == [("school", "k-school-1", "School 1"), ("staff", "k-teacher-1", "Björn")]


def test_a_union_of_counts_in_order_and_cut() -> None:
    """Groups of two tables, each with its label and its number, the largest first, and no more than were asked for."""

    def counted(rows: QuerySet[Any], column: str, kind: str) -> QuerySet[Any, Any]:
        grouped = rows.annotate(kind=Value(kind, output_field=StringField())).values("kind", column)
        found: QuerySet[Any, Any] = grouped.annotate(times=Count("pk"), last=Max("updated_at")).order_by()
        return found.values_list("kind", column, "times", "last")

    students = counted(Student.objects.all(), "status", "student")
    schools = counted(School.objects.all(), "name", "school")
    rows = list(students.union(schools, all=True).order_by("-times", "status")[:2])
    ((status, times),) = Counter(s.status for s in STUDENTS).most_common(1)
    assert rows[0][:3] == ("student", status, times)
    assert len(rows) == 2


def test_a_union_of_four_with_joins_gaps_and_a_subquery() -> None:
    """The seating of a lesson: columns of a joined row that may be missing, gaps of two types, IN over a subquery."""
    nothing, no_number = Value(None, output_field=StringField()), Cast(Value(None), IntegerField())

    def word(kind: str) -> Value:
        return Value(kind, output_field=StringField())

    given = ParentalConsent.objects.filter(pk__in=[consent.pk for consent in CONSENTS[:3]]).order_by()
    ages = CoppaCompliance.objects.filter(student_id__in=given.values("student_id")).order_by()
    staff = Teacher.objects.filter(pk__in=["k-teacher-1"]).order_by()
    schools = School.objects.filter(pk__in=["k-school-1"]).order_by()
    union = given.values_list(
        word("consent"), "id", "student_id", "student__display_name", "student__status", no_number, "updated_at"
    ).union(
        ages.values_list(word("age"), "id", "student_id", nothing, nothing, "birth_year", "updated_at"),
        staff.values_list(word("staff"), "id", nothing, "name", nothing, no_number, "updated_at"),
        schools.values_list(word("school"), "id", nothing, nothing, nothing, "max_teachers", "updated_at"),
        all=True,
    )
    found = {row[1]: row for row in union}
    students = {student.pk: student for student in STUDENTS}
    for consent in CONSENTS[:3]:
        student = students[consent.student_id]
        assert found.pop(consent.pk)[:6] == (
            "consent", consent.pk, student.pk, student.display_name, student.status, None
        )  # fmt: skip
    assert found.pop("k-teacher-1")[:6] == ("staff", "k-teacher-1", None, "Björn", None, None)
    assert found.pop("k-school-1")[5] == next(school.max_teachers for school in SCHOOLS if school.pk == "k-school-1")
    asked = {consent.student_id for consent in CONSENTS[:3]}
    assert {row[:2] for row in found.values()} == {("age", age.pk) for age in AGES if age.student_id in asked}


def test_an_id_within_a_subquery() -> None:
    """IN over another table's column, alone, negated and joined by OR and AND."""
    refused = ParentalConsent.objects.filter(consent_given=False, revoked_at=None)
    given = ParentalConsent.objects.filter(consent_given=True)
    have = {c.student_id for c in CONSENTS if c.consent_given}
    have_not = {c.student_id for c in CONSENTS if not c.consent_given and not c.revoked_at}
    both = Student.objects.filter(Q(id__in=refused.values("student_id")) & Q(id__in=given.values("student_id")))
    assert {row.pk for row in both} == have & have_not
    silent = Q(id__in=["k-student-001"]) | ~Q(id__in=given.values("student_id"))
    assert {row.pk for row in Student.objects.filter(silent)} == {s.pk for s in STUDENTS} - have | {"k-student-001"}
    actors = Q(actor_id="system:test") | Q(actor_id__in=Teacher.objects.filter(name__icontains="ada").values("pk"))
    assert AuditLog.objects.filter(actors).count() == sum(
        row.actor_id in {"system:test", "k-teacher-0"} for row in AUDIT
    )


def test_exists_with_an_outer_row() -> None:
    """A correlated EXISTS as a condition, negated, and as a value."""
    revoked = ParentalConsent.objects.filter(student_id=OuterRef("pk"), revoked_at__isnull=False)
    wanted = {c.student_id for c in CONSENTS if c.revoked_at}
    assert set(Student.objects.filter(Exists(revoked)).values_list("pk", flat=True)) == wanted
    assert Student.objects.exclude(Exists(revoked)).count() == 60 - len(wanted)
    marked = Student.objects.annotate(withdrawn=Exists(revoked)).order_by("id").values_list("id", "withdrawn")
    assert {pk for pk, withdrawn in marked if withdrawn} == wanted


def test_a_number_from_a_subquery() -> None:
    """A correlated number of another table, as the page of the outbox counts what waits."""
    number = (
        ParentalConsent.objects.filter(student_id=OuterRef("pk"))
        .order_by()
        .annotate(number=Func(F("id"), function="COUNT", output_field=IntegerField()))
        .values("number")
    )
    rows = Student.objects.annotate(consents=Subquery(number)).order_by("id").values_list("consents", flat=True)
    assert list(rows) == [sum(c.student_id == s.pk for c in CONSENTS) for s in STUDENTS]


def test_functions_on_text() -> None:
    """Lower, upper, length and the first value that is there."""
    rows = Teacher.objects.annotate(address=Lower("email")).filter(address="teacher3@example.org")
    assert rows.get().pk == "k-teacher-3"
    found = Student.objects.annotate(
        big=Upper("parent_email"),
        size=Length("display_name"),
        grade=Coalesce("grade_level", Value("none"), output_field=StringField()),
    )
    assert found.values_list("big", "size", "grade").get(pk="k-student-007") == ("PARENT7@HOME.EXAMPLE", 10, "none")


def test_windows_number_rows_within_a_group() -> None:
    """ROW_NUMBER and LAG over a group, and a condition on the number."""
    newest = Window(RowNumber(), partition_by=F("student_id"), order_by=F("consent_date").desc())
    before = Window(Lag("consent_date"), partition_by=F("student_id"), order_by=F("consent_date").asc())
    rows = ParentalConsent.objects.annotate(place=newest, before=before).filter(place=1)
    found = {row.student_id: (row.pk, row.before) for row in rows}
    assert found["k-student-003"] == ("k-consent-048", START + timedelta(hours=3))
    assert found["k-student-040"] == ("k-consent-040", None)
    assert len(found) == 45


def test_times_are_added_and_compared_with_columns() -> None:
    """A column is compared with another column and with a duration added."""
    soon = ParentalConsent.objects.filter(expires_at__lt=F("consent_date") + timedelta(days=364))
    assert soon.count() == sum(c.expires_at < c.consent_date + timedelta(days=364) for c in CONSENTS if c.expires_at)
    assert Teacher.objects.filter(total_sessions_created=F("login_count") * F("login_count")).count() == len(TEACHERS)


def test_nulls_first_and_last_can_be_asked_for(contract: Contract) -> None:
    """Where an order names the place of NULL all engines follow; where it does not, they differ."""
    rows = Student.objects.filter(school_id="k-school-1", grade_level__in=["4", "5"]) | Student.objects.filter(
        school_id="k-school-1", grade_level=None
    )
    ordered = [row.grade_level for row in rows.order_by(F("grade_level").asc(nulls_last=True), "id")]
    assert ordered == sorted(ordered, key=lambda grade: (grade is None, grade))
    ordered = [row.grade_level for row in rows.order_by(F("grade_level").desc(nulls_first=True), "id")]
    assert ordered[0] is None
    plain = [row.grade_level for row in rows.order_by("grade_level", "id")]
    assert (plain[0] is None) == (expected("NULL in rising order", contract.engine) == "first")


def test_locking_rows(contract: Contract) -> None:
    """`select_for_update` reads the rows everywhere and locks them where the engine can."""
    with transaction.atomic(using="warehouse"), CaptureQueriesContext(contract.connection) as sent:
        assert School.objects.select_for_update().get(pk="k-school-1").name == "School 1"
    locks = any("FOR UPDATE" in query["sql"] for query in sent.captured_queries)
    assert locks == (expected("locking rows", contract.engine) == "sent")


def test_distinct_on(contract: Contract) -> None:
    """DISTINCT ON is refused with Django's own error where the engine has none."""
    rows = Student.objects.order_by("school_id", "id").distinct("school_id")
    if expected("DISTINCT ON", contract.engine) == "known":
        assert [row.pk for row in rows] == ["k-student-000", "k-student-001", "k-student-002"]
    else:
        with pytest.raises(NotSupportedError):
            list(rows)


def test_numbers_of_several_tables_in_a_union() -> None:
    """Each part counts by conditions and tells the ends of its moments, with none where none are asked for."""

    def numbers(rows: Any, name: str, **when: Any) -> Any:
        counted = rows.annotate(table=Value(name, output_field=StringField())).values("table")
        counted = counted.annotate(
            some=Count("pk", filter=Q(**when)),
            no=Count("pk", filter=Q(pk__in=[])),
            oldest=Min("created_at"),
            never=Max("created_at", filter=Q(pk="")),
        )
        return counted.order_by().values_list("table", "some", "no", "oldest", "never")

    parts = numbers(School.objects.all(), "schools", coppa_compliant=True).union(
        numbers(Student.objects.filter(pk="nobody"), "nobody", status="active"),
        numbers(CoppaCompliance.objects.all(), "ages", is_under_13=True),
        all=True,
    )
    found = {name: rest for name, *rest in parts}
    assert found["schools"] == [sum(s.coppa_compliant for s in SCHOOLS), 0, START, None]
    assert found["ages"] == [sum(a.is_under_13 for a in AGES), 0, min(a.created_at for a in AGES), None]
    assert found["nobody"] == [0, 0, None, None]
