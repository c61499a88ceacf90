"""Reads what is written in `data/`: names, the district with its staff, the lessons."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Name:
    """A name as its bearer writes it, and in plain letters for an address."""

    written: str
    plain: str

    @classmethod
    def read(cls, text: str) -> Name:
        """Read `written|plain`; without a bar the plain form is the name in lower case."""
        written, _, plain = text.partition("|")
        return cls(
            written, plain or "".join(letter for letter in written.lower() if letter.isascii() and letter.isalpha())
        )


@dataclass(frozen=True, slots=True)
class NameSet:
    """Names that go together. `share` is out of 100 families."""

    share: int
    language: str
    family_first: bool
    family: tuple[Name, ...]
    child: tuple[Name, ...]
    mother: tuple[Name, ...]
    father: tuple[Name, ...]

    def full(self, given: Name, family: Name) -> str:
        """Return a full name in the order and spacing of its script."""
        return f"{family.written}{given.written}" if self.family_first else f"{given.written} {family.written}"


@dataclass(frozen=True, slots=True)
class SchoolPlan:
    """A school of the sample."""

    key: str
    name: str
    domain: str
    admin_email: str
    timezone: str
    grades: tuple[int, ...]
    students: int


@dataclass(frozen=True, slots=True)
class StaffPlan:
    """A row of `users.teachers`."""

    school: str
    name: str
    role: str
    login: str = ""
    subject: str | None = None
    grade: str | None = None
    status: str = "active"

    @property
    def address(self) -> str:
        """Return the name part of the e-mail address."""
        return self.login or self.name.lower().replace(" ", ".")


@dataclass(frozen=True, slots=True)
class AccountPlan:
    """A person who can sign in to the sample."""

    email: str
    name: str
    role: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class SubprocessorPlan:
    """A company that handles data for ClassWaves. `classes` are values of warehouse.inventory.Privacy."""

    name: str
    purpose: str
    classes: tuple[str, ...]
    location: str
    since_days_ago: int
    until_days_ago: int = 0
    agreement: str = ""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson with the talk of one group: (speaker, sentence), T for the teacher, A to D for students."""

    subject: str
    schools: tuple[str, ...]
    title: str
    task: str
    words: tuple[str, ...]
    insight: str
    detail: str
    advice: str
    nudge: str
    action: str
    talk: tuple[tuple[str, str], ...]
    language: str = "en-US"


@dataclass(frozen=True, slots=True)
class Plans:
    """Everything that is written in `data/`."""

    district: dict[str, str]
    schools: tuple[SchoolPlan, ...]
    staff: tuple[StaffPlan, ...]
    accounts: tuple[AccountPlan, ...]
    subprocessors: tuple[SubprocessorPlan, ...]
    names: tuple[NameSet, ...]
    lessons: tuple[Lesson, ...]


@cache
def plans() -> Plans:
    """Return the plans of the sample, read once."""
    place, names, lessons = (_read(file) for file in ("district", "names", "lessons"))
    return Plans(
        district=place["district"],
        schools=tuple(SchoolPlan(**school | {"grades": tuple(school["grades"])}) for school in place["schools"]),
        staff=tuple(StaffPlan(**person) for person in place["staff"]),
        accounts=tuple(AccountPlan(**account) for account in place["accounts"]),
        subprocessors=tuple(
            SubprocessorPlan(**one | {"classes": tuple(one["classes"])}) for one in place["subprocessors"]
        ),
        names=tuple(_names(table) for table in names.values()),
        lessons=tuple(_lesson(table) for table in lessons["lessons"]),
    )


def _read(file: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / f"{file}.toml").read_text(encoding="utf-8"))


def _names(table: dict[str, Any]) -> NameSet:
    lists = {key: tuple(Name.read(text) for text in table[key]) for key in ("family", "child", "mother", "father")}
    return NameSet(table["share"], table["language"], table.get("family_first", False), **lists)


def _lesson(table: dict[str, Any]) -> Lesson:
    lists = {key: tuple(table[key]) for key in ("schools", "words")}
    return Lesson(**table | lists | {"talk": tuple((speaker, line) for speaker, line in table["talk"])})
