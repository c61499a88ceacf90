"""What the columns of a plain table mean: guessed from their names, settled by a person. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MOST_GUARDIANS = 6


class Field(StrEnum):
    """What a column may hold. `GUARDIAN_*` come once for each guardian."""

    STUDENT_ID = "student_id"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    FULL_NAME = "full_name"
    GRADE = "grade"
    BIRTH = "birth"
    EMAIL = "email"
    GUARDIAN_NAME = "guardian_name"
    GUARDIAN_FIRST = "guardian_first"
    GUARDIAN_LAST = "guardian_last"
    GUARDIAN_EMAIL = "guardian_email"
    GUARDIAN_RELATION = "guardian_relation"
    GUARDIAN_LANGUAGE = "guardian_language"

    @property
    def of_guardian(self) -> bool:
        """Tell whether it says something about a guardian."""
        return self.value.startswith("guardian_")


LABELS = {
    Field.STUDENT_ID: "Student’s id in your system",
    Field.FIRST_NAME: "Student’s first name",
    Field.LAST_NAME: "Student’s last name",
    Field.FULL_NAME: "Student’s full name (“Last, First” or “First Last”)",
    Field.GRADE: "Grade",
    Field.BIRTH: "Birth date or year (only the year is kept)",
    Field.EMAIL: "Student’s e-mail address",
    Field.GUARDIAN_NAME: "full name",
    Field.GUARDIAN_FIRST: "first name",
    Field.GUARDIAN_LAST: "last name",
    Field.GUARDIAN_EMAIL: "e-mail address",
    Field.GUARDIAN_RELATION: "relationship to the student",
    Field.GUARDIAN_LANGUAGE: "language",
}


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each thing stands: places of columns, counted from 0. `relations` are those that a column's name states."""

    student: Mapping[Field, int] = field(default_factory=dict)
    guardians: Sequence[Mapping[Field, int]] = ()
    relations: Sequence[str] = ()

    def data(self, header: Sequence[str]) -> dict[str, Any]:
        """Return the columns by their names, which stay when their places change."""
        return {
            "student": {name.value: header[place] for name, place in self.student.items()},
            "guardians": [{name.value: header[place] for name, place in one.items()} for one in self.guardians],
            "relations": list(self.relations),
        }

    @classmethod
    def of(cls, data: Mapping[str, Any], header: Sequence[str]) -> Columns | None:
        """Return the columns that `data` names, None where this header lacks one of them."""
        places = {name.casefold(): place for place, name in enumerate(header)}
        try:
            student = {Field(name): places[column.casefold()] for name, column in data["student"].items()}
            guardians = [
                {Field(name): places[column.casefold()] for name, column in one.items()} for one in data["guardians"]
            ]
        except (KeyError, ValueError):
            return None
        return cls(student, guardians, data.get("relations", [""] * len(guardians)))

    @property
    def problems(self) -> list[str]:
        """Return what is missing, in words for the person who settles the columns."""
        found = []
        if Field.STUDENT_ID not in self.student:
            found.append("Say which column holds the student’s id: without it nobody is found again next time.")
        if Field.FULL_NAME not in self.student and Field.FIRST_NAME not in self.student:
            found.append("Say which column holds the student’s name.")
        if any(
            Field.GUARDIAN_NAME not in one and Field.GUARDIAN_FIRST not in one and Field.GUARDIAN_LAST not in one
            for one in self.guardians
        ):
            found.append("Each guardian needs a column with a name.")
        used = [*self.student.values(), *(place for one in self.guardians for place in one.values())]
        if len(set(used)) != len(used):
            found.append("A column stands for two things. Choose each column once.")
        return found


# Words of a header, without blanks and signs. The first field that fits takes the column.
_STUDENT = (
    (Field.BIRTH, r"(date)?of?birth|birth(day|date|year)|dob|yearofbirth|fechadenacimiento"),
    (Field.STUDENT_ID, r"(student|pupil|learner|local|sis)?(id|number|no|nr|identifier|num)|sourcedid|studentlocalid"),
    (Field.FIRST_NAME, r"(student|pupil|legal)?(first|given|fore)names?|first|nombre"),
    (Field.LAST_NAME, r"(student|pupil|legal)?(last|family|sur)names?|last|apellidos?"),
    (Field.FULL_NAME, r"(student|pupil|full|learner|display)?name|student|nombrecompleto"),
    (Field.GRADE, r"(student|current|grade)?(grade|level|gradelevel|year|yeargroup|class)s?|grado"),
    (Field.EMAIL, r"(student|pupil|school)?e?mail(address)?"),
)
_GUARDIAN = (
    (Field.GUARDIAN_EMAIL, r"e?mail(address)?|correo(electronico)?"),
    (Field.GUARDIAN_RELATION, r"relation(ship)?(type|tostudent)?|parentesco"),
    (Field.GUARDIAN_LANGUAGE, r"(home|preferred)?language|lang|idioma"),
    (Field.GUARDIAN_FIRST, r"(first|given)name|first|nombre"),
    (Field.GUARDIAN_LAST, r"(last|family|sur)name|last|apellidos?"),
    (Field.GUARDIAN_NAME, r"(full|contact)?name|"),
)
_WHO = re.compile(r"(parentguardian|parentorguardian|guardian|parent|contact|mother|father|padre|madre|tutor)")
_STATED = {"mother": "mother", "father": "father", "madre": "mother", "padre": "father"}


def guess(header: Sequence[str]) -> Columns:
    """Guess the meaning of columns from their names. What is not understood is left out, never forced."""
    student: dict[Field, int] = {}
    guardians: dict[str, dict[Field, int]] = {}
    for place, name in enumerate(header):
        word = _plain(name)
        if who := _WHO.search(word):
            number = re.search(r"\d", word)
            rest = re.sub(r"\d|student|of|the|s$", "", word.replace(who[0], "", 1))
            key = f"{_STATED.get(who[0], '')}{number[0] if number else ''}"
            _take(guardians.setdefault(key, {}), _GUARDIAN, rest, place)
        else:
            _take(student, _STUDENT, re.sub(r"\d", "", word), place)
    kept = [(key, one) for key, one in guardians.items() if one.keys() & _NAMING][:MOST_GUARDIANS]
    relations = ["".join(letter for letter in key if letter.isalpha()) for key, _ in kept]
    return Columns(student, [one for _, one in kept], relations)


_NAMING = {Field.GUARDIAN_NAME, Field.GUARDIAN_FIRST, Field.GUARDIAN_LAST}


def _take(found: dict[Field, int], patterns: Sequence[tuple[Field, str]], word: str, place: int) -> None:
    for name, pattern in patterns:
        if name not in found and re.fullmatch(pattern, word):
            found[name] = place
            return


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
