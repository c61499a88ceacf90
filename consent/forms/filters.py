"""The filters above lists of students.

They are posted, not put into the address: a name that somebody looks for must not stand in logs,
histories and bookmarks. The address keeps codes alone, and `search` names what the session remembers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from classwaves_admin.schools.grades import CHOICES
from consent.queries.students import OLDER, Filters
from consent.rules.overview import Standing, Together, standing_named

LONGEST_NAME = 100
Choice = tuple[str, str]


class NameAndGrade(forms.Form):
    """Part of a name, and a grade. Either may stay empty."""

    name = forms.CharField(label="Name", required=False, max_length=LONGEST_NAME, widget=forms.SearchInput)
    grade = forms.ChoiceField(label="Grade", required=False, choices=[("", "All grades"), *CHOICES])

    def filters(self) -> Filters:
        """Return what a valid form narrows the list to."""
        chosen = self.cleaned_data
        return Filters(
            name=chosen["name"].strip(),
            grade=chosen["grade"],
            school=chosen.get("school", ""),
            standing=standing_named(chosen.get("standing", "")),
            notice=chosen.get("notice", ""),
        )


class NameGradeAndSchool(NameAndGrade):
    """The same, and last the school for somebody who has several."""

    def __init__(self, data: Any, *, schools: Sequence[Choice]) -> None:
        """Take the values and the schools that the person may choose from."""
        super().__init__(data, auto_id="filter_%s")
        if len(schools) > 1:
            self.fields["school"] = forms.ChoiceField(
                label="School", required=False, choices=[("", "All my schools"), *schools]
            )


class StudentFilters(NameGradeAndSchool):
    """The filters of the office: also where a student stands."""

    standing = forms.ChoiceField(
        label="State",
        required=False,
        choices=[
            ("", "All states"),
            *((member.value, member.label) for member in Standing),
            ("Together", [(member.value, member.label) for member in Together]),
        ],
    )
    notice = forms.ChoiceField(
        label="Notice", required=False, choices=[("", "Any notice"), (OLDER, "Consented to an older notice")]
    )
