"""Lessons of the last weeks: sessions, their groups and who took part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal

from classwaves_admin.portal.sample.dice import Dice, moment, school_day
from classwaves_admin.portal.sample.families import Child, Family
from classwaves_admin.portal.sample.places import Place
from classwaves_admin.portal.sample.plans import Lesson, Plans
from classwaves_admin.portal.sample.records import Records
from classwaves_admin.warehouse.models import ClassroomSession, Participant, StudentGroup, Teacher

WEEKS = 9
CLASS_SIZE, GROUP_SIZE = (14, 20), 4
MINUTES = 45
_GROUPS = ("Amber", "Cedar", "Harbor", "Juniper", "Meadow", "Summit")
_DEVICES = (("chromebook", "Chrome 130"), ("chromebook", "Chrome 129"), ("tablet", "Safari 17"), ("laptop", "Edge 130"))


@dataclass(slots=True)
class Table:
    """One group with its members; what the consents of all of them allow."""

    group: StudentGroup
    members: list[Participant]
    children: list[Child]
    recordable: bool
    analysable: bool
    recorded: bool = False


@dataclass(slots=True)
class Meeting:
    """One session with everything that happened at its tables."""

    place: Place
    teacher: Teacher
    lesson: Lesson
    session: ClassroomSession
    tables: list[Table] = field(default_factory=list)

    @property
    def start(self) -> datetime:
        """Return when it began."""
        assert self.session.actual_start is not None  # noqa: S101 - a meeting has begun
        return self.session.actual_start

    @property
    def ended(self) -> bool:
        """Tell whether it took place."""
        return self.session.status == "ended"


class Timetable:
    """Plans the lessons of every active teacher."""

    def __init__(self, plans: Plans, families: Sequence[Family], records: Records, dice: Dice, now: datetime) -> None:
        self._plans = plans
        self._families = families
        self._records = records
        self._dice = dice
        self._now = now

    def past(self, places: Sequence[Place]) -> list[Meeting]:
        """Return the lessons that took place, each teacher's twice, with different children."""
        return [
            self._meet(place, teacher, lesson, days_ago)
            for place in places
            for teacher in place.teachers
            for lesson, days_ago in self._days(self._lessons(place, teacher))
        ]

    def coming(self, places: Sequence[Place]) -> list[ClassroomSession]:
        """Return a planned lesson for some teachers, in the days to come."""
        planned = []
        for place in places:
            for teacher in place.teachers[:2]:
                lesson = self._dice.choice(self._lessons(place, teacher))
                day = school_day(self._now.astimezone(place.zone).date(), -self._dice.choice([7, 8, 9]))
                start = moment(day, time(self._dice.randint(9, 13), 0), place.zone)
                planned.append(self._session(place, teacher, lesson, start, took_place=False))
        return planned

    def _lessons(self, place: Place, teacher: Teacher) -> list[Lesson]:
        return [
            lesson
            for lesson in self._plans.lessons
            if lesson.subject == teacher.subject and place.plan.key in lesson.schools
        ]

    def _days(self, lessons: Sequence[Lesson]) -> Iterator[tuple[Lesson, int]]:
        for number, lesson in enumerate([*lessons, *lessons]):
            share = WEEKS * 7 // (2 * len(lessons))
            yield lesson, self._dice.randint(2 + number * share, 1 + (number + 1) * share)

    def _meet(self, place: Place, teacher: Teacher, lesson: Lesson, days_ago: int) -> Meeting:
        day = school_day(self._now.astimezone(place.zone).date(), days_ago)
        start = moment(day, time(self._dice.randint(8, 13), self._dice.choice([0, 15, 30])), place.zone)
        meeting = Meeting(place, teacher, lesson, self._session(place, teacher, lesson, start, took_place=True))
        pupils = [
            child
            for family in self._families
            if family.place is place
            for child in family.children
            if child.student.status == "active" and child.student.grade_level == teacher.grade
        ]
        chosen = self._dice.some(pupils, self._dice.randint(*CLASS_SIZE))
        # Teachers seat those who may be recorded together: one child without consent silences a group.
        chosen.sort(key=lambda child: not self._records.recordable(child.id, start))
        seats = [chosen[place : place + GROUP_SIZE] for place in range(0, len(chosen), GROUP_SIZE)]
        for number, children in enumerate(seats, start=1):
            meeting.tables.append(self._table(meeting, number, children, start))
        self._sum_up(meeting, len(chosen))
        return meeting

    def _session(
        self, place: Place, teacher: Teacher, lesson: Lesson, start: datetime, *, took_place: bool
    ) -> ClassroomSession:
        end = start + timedelta(minutes=MINUTES)
        made = start - timedelta(days=self._dice.randint(1, 6)) if took_place else self._now - timedelta(days=1)
        teacher.total_sessions_created += 1
        return ClassroomSession(
            id=self._dice.id_at(made),
            title=lesson.title,
            description=lesson.task,
            status="ended" if took_place else "created",
            scheduled_start=start,
            actual_start=start if took_place else None,
            actual_end=end if took_place else None,
            planned_duration_minutes=MINUTES,
            actual_duration_minutes=MINUTES if took_place else None,
            max_students=30,
            target_group_size=GROUP_SIZE,
            auto_group_enabled=self._dice.chance(60),
            teacher_id=teacher.id,
            school_id=place.school.id,
            recording_enabled=True,
            transcription_enabled=True,
            ai_analysis_enabled=True,
            ferpa_compliant=True,
            coppa_compliant=True,
            recording_consent_obtained=False,
            data_retention_date=start + timedelta(days=395) if took_place else None,
            total_groups=0,
            total_students=0,
            participation_rate=Decimal(0),
            engagement_score=Decimal(0),
            created_at=made,
            updated_at=end if took_place else made,
        )

    def _table(self, meeting: Meeting, number: int, children: list[Child], start: datetime) -> Table:
        end = start + timedelta(minutes=MINUTES)
        group = StudentGroup(
            id=self._dice.id_at(start),
            session_id=meeting.session.id,
            name=_GROUPS[number - 1],
            group_number=number,
            status="ended",
            max_size=GROUP_SIZE,
            current_size=len(children),
            auto_managed=meeting.session.auto_group_enabled,
            start_time=start + timedelta(minutes=5),
            end_time=end,
            created_at=start,
            updated_at=end,
        )
        return Table(
            group=group,
            members=[self._participant(meeting, group, child, start) for child in children],
            children=children,
            recordable=all(self._records.recordable(child.id, start) for child in children),
            analysable=all(self._records.analysable(child.id, start) for child in children),
        )

    def _participant(self, meeting: Meeting, group: StudentGroup, child: Child, start: datetime) -> Participant:
        device, browser = self._dice.choice(_DEVICES)
        joined = self._dice.after(start, minutes=(0, 4))
        return Participant(
            id=self._dice.id_at(joined),
            session_id=meeting.session.id,
            group_id=group.id,
            student_id=child.id,
            display_name=child.student.display_name,
            join_time=joined,
            leave_time=start + timedelta(minutes=MINUTES),
            is_active=False,
            device_type=device,
            browser_info=browser,
            connection_quality=self._dice.choices(["good", "fair", "poor"], [80, 15, 5])[0],
            can_speak=True,
            can_hear=True,
            is_muted=False,
            message_count=0,
            interaction_count=self._dice.randint(2, 25),
            created_at=joined,
            updated_at=start + timedelta(minutes=MINUTES),
        )

    def _sum_up(self, meeting: Meeting, students: int) -> None:
        session = meeting.session
        session.total_groups, session.total_students = len(meeting.tables), students
        session.recording_consent_obtained = all(table.recordable for table in meeting.tables)
        session.participation_rate = self._dice.score(58, 97)
        session.engagement_score = self._dice.score(55, 96)
