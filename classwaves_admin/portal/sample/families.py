"""The sample's children and guardians: siblings, two-guardian families, names in many scripts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from classwaves_admin.portal.sample.dice import Dice
from classwaves_admin.portal.sample.places import Place
from classwaves_admin.portal.sample.plans import Name, NameSet, Plans
from classwaves_admin.schools.names import display_name
from classwaves_admin.warehouse.models import CoppaCompliance, Student
from consent.models import Guardian, Guardianship
from consent.rules.ages import is_under_13, year_everywhere
from consent.vocabulary import Relationship

# Out of 100 families.
TWO_GUARDIANS, WITHOUT_ADDRESS, SIBLING_ELSEWHERE = 58, 5, 14
SIBLINGS = ((1, 68), (2, 25), (3, 7))
FIRST_MONTH_OF_SCHOOL_YEAR = 7
# Students of the last grade who are surely adults, so that rights which have passed can be seen.
ADULTS = 6
ADULT_YEARS = 19


@dataclass(slots=True)
class Child:
    """A student with the age record."""

    student: Student
    age: CoppaCompliance
    full_name: str

    @property
    def id(self) -> str:
        """Return the student's id."""
        return self.student.id


@dataclass(slots=True)
class Family:
    """The children of one family at one school, with the guardians as that school knows them."""

    place: Place
    names: NameSet
    surname: Name
    people: list[tuple[Name, Relationship, str]]
    guardians: list[Guardian] = field(default_factory=list)
    ties: list[Guardianship] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)

    @property
    def two(self) -> bool:
        """Tell whether there are two guardians."""
        return len(self.guardians) > 1

    def relationship(self, guardian: Guardian) -> str:
        """Return what a guardian is to the children."""
        return next(tie.relationship for tie in self.ties if tie.guardian_id == guardian.id)


class FamilyMaker:
    """Makes the families of all schools, in order, from one stream of chance."""

    def __init__(self, plans: Plans, dice: Dice, now: datetime) -> None:
        self._plans = plans
        self._dice = dice
        self._now = now
        self._number = 1000
        self._elsewhere: dict[str, list[Family]] = defaultdict(list)
        self._adults = ADULTS

    def all(self, places: Sequence[Place]) -> list[Family]:
        """Return every family of every school; one with children at two schools appears at both."""
        return [family for place, following in _with_next(places) for family in self._school(place, following)]

    def _school(self, place: Place, following: Place | None) -> Iterator[Family]:
        room = place.plan.students
        for known in self._elsewhere[place.plan.key]:
            family = self._settle(Family(place, known.names, known.surname, known.people))
            room -= self._add_children(family, 1)
            yield family
        while room > 0:
            family = self._settle(self._new(place))
            size = self._dice.choices([n for n, _ in SIBLINGS], [share for _, share in SIBLINGS])[0]
            room -= self._add_children(family, min(size, room))
            if following and self._dice.chance(SIBLING_ELSEWHERE):
                self._elsewhere[following.plan.key].append(family)
            yield family

    def _new(self, place: Place) -> Family:
        dice = self._dice
        names = dice.choices(self._plans.names, [names.share for names in self._plans.names])[0]
        surname = dice.choice(names.family)
        self._number += 1
        people = [self._person(names, surname, first=True)]
        if dice.chance(TWO_GUARDIANS):
            people.append(self._person(names, surname, first=False))
        return Family(place, names, surname, people)

    def _person(self, names: NameSet, surname: Name, *, first: bool) -> tuple[Name, Relationship, str]:
        dice = self._dice
        given = dice.choice(names.mother if first else names.father)
        usual = Relationship.MOTHER if first else Relationship.FATHER
        rare = [
            Relationship.STEPPARENT,
            Relationship.LEGAL_GUARDIAN,
            Relationship.GRANDPARENT,
            Relationship.FOSTER_PARENT,
        ]
        relationship = usual if dice.chance(88) else dice.choice(rare)
        reachable = not first or not dice.chance(WITHOUT_ADDRESS)
        address = f"{given.plain}.{surname.plain}{self._number}@home.example" if reachable else ""
        return given, relationship, address

    def _settle(self, family: Family) -> Family:
        """Give the family its guardians at this school."""
        made = self._now - timedelta(days=self._dice.randint(400, 460))
        for given, _, address in family.people:
            guardian = Guardian(
                id=self._dice.id_at(made),
                school_id=family.place.school.id,
                source_id=f"G{self._dice.getrandbits(32):08x}",
                name=family.names.full(given, family.surname),
                email=address,
                language=family.names.language,
                created_at=made,
                updated_at=made,
            )
            family.guardians.append(guardian)
        return family

    def _add_children(self, family: Family, number: int) -> int:
        for given in self._dice.some(family.names.child, number):
            child = self._child(family, given)
            family.children.append(child)
            for guardian, (_, relationship, _) in zip(family.guardians, family.people, strict=True):
                tie = Guardianship(
                    id=self._dice.id_at(guardian.created_at),
                    guardian=guardian,
                    school_id=family.place.school.id,
                    student_id=child.id,
                    relationship=relationship,
                    created_at=guardian.created_at,
                    updated_at=guardian.created_at,
                )
                family.ties.append(tie)
        return number

    def _child(self, family: Family, given: Name) -> Child:
        dice, plan = self._dice, family.place.plan
        made = self._now - timedelta(days=dice.randint(380, 440))
        grade = dice.choice(plan.grades)
        addresses = {address for _, _, address in family.people} - {""}
        self._number += 1
        student = Student(
            id=dice.id_at(made),
            display_name=display_name(given.written, family.surname.written),
            school_id=family.place.school.id,
            email=f"s{self._number}@{plan.domain}" if grade > plan.grades[0] else None,
            status="inactive" if dice.chance(2) else "active",
            grade_level=str(grade),
            has_parental_consent=False,
            data_sharing_consent=False,
            audio_recording_consent=False,
            parent_email=addresses.pop() if len(addresses) == 1 else None,
            created_at=made,
            updated_at=made,
        )
        return Child(student, self._age(student, grade, made), family.names.full(given, family.surname))

    def _age(self, student: Student, grade: int, made: datetime) -> CoppaCompliance:
        year, method = self._birth_year(grade)
        young = is_under_13(year, year_everywhere(self._now))
        return CoppaCompliance(
            id=self._dice.id_at(made),
            student_id=student.id,
            school_id=student.school_id,
            birth_year=year,
            is_under_13=young,
            age_verification_method=method,
            age_verified_at=made if year else None,
            data_collection_limited=young,
            no_behavioral_targeting=True,
            no_third_party_sharing=True,
            auto_delete_enabled=True,
            delete_after_days=395,
            parent_access_enabled=True,
            created_at=made,
            updated_at=made,
        )

    def _birth_year(self, grade: int) -> tuple[int | None, str]:
        """Return a year that fits the grade: nine or ten years old in the fall of grade four."""
        dice, now = self._dice, self._now
        if grade == max(self._plans.schools[-1].grades) and self._adults:
            self._adults -= 1
            return now.year - ADULT_YEARS, "sis_dob"
        fall = now.year if now.month >= FIRST_MONTH_OF_SCHOOL_YEAR else now.year - 1
        if dice.chance(2):
            return None, "unknown"
        method = dice.choices(["sis_dob", "sis_birth_year", "school_attested"], [90, 6, 4])[0]
        return fall - grade - dice.choice([5, 6]), method


def _with_next(places: Sequence[Place]) -> Iterator[tuple[Place, Place | None]]:
    yield from zip(places, [*places[1:], None], strict=True)
