"""The forms of the register of ages."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django import forms

from consent.forms.filters import NameGradeAndSchool
from consent.queries.age_filters import AgeFilters
from consent.queries.age_record import UNKNOWN, AgeRecord, about_with, most_days_at
from consent.rules.age_changes import AgeValues, Problem, problems
from consent.rules.ages import ADULT_FROM, ATTESTED, MOST_YEARS, is_plausible, turns, year_everywhere
from consent.rules.register import Ages, Look
from consent.words import AGE_METHODS


class RegisterFilters(NameGradeAndSchool):
    """The filters above the register: also age, and what is to be looked at."""

    ages = forms.ChoiceField(
        label="Age", required=False, choices=[("", "All ages"), *((one.value, one.label) for one in Ages)]
    )
    look = forms.ChoiceField(
        label="Show only", required=False, choices=[("", "Everybody"), *((one.value, one.label) for one in Look)]
    )

    def narrowing(self) -> AgeFilters:
        """Return what a valid form narrows the register to."""
        chosen = self.cleaned_data
        return AgeFilters(
            name=chosen["name"].strip(),
            school=chosen.get("school", ""),
            grade=chosen["grade"],
            ages=Ages(chosen["ages"]) if chosen["ages"] else None,
            look=Look(chosen["look"]) if chosen["look"] else None,
        )


class AgeForm(forms.Form):
    """One student's age record: how old, who says so, what is limited, for how long data stay."""

    birth_year = forms.IntegerField(
        label="Birth year", required=False, help_text="The year alone. Leave it empty where nobody knows it."
    )
    method = forms.ChoiceField(
        label="How does the school know?",
        help_text="What a student says about their own age is not accepted.",
        choices=[(value, words) for value, words in AGE_METHODS.items() if value in {*ATTESTED, UNKNOWN}],
    )
    adult = forms.BooleanField(
        label="The school confirms that the student is 18",
        required=False,
        help_text="It counts in the year of the 18th birthday. The day itself is not kept.",
    )
    data_collection_limited = forms.BooleanField(label="Limit what is collected", required=False)
    no_behavioral_targeting = forms.BooleanField(label="No behavioral targeting", required=False)
    no_third_party_sharing = forms.BooleanField(label="No sharing with third parties", required=False)
    auto_delete_enabled = forms.BooleanField(label="Delete data by itself when its time is over", required=False)
    delete_after_days = forms.IntegerField(label="Delete after so many days", required=False, min_value=1)
    parent_access_enabled = forms.BooleanField(label="Parents may see what is held", required=False)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, record: AgeRecord, now: datetime, **kwargs: Any) -> None:
        self.age_record, self.now = record, now
        self.most_days = most_days_at(record.student.school_id)
        kwargs.setdefault("initial", asdict(record.values) | {"seen": record.seen})
        super().__init__(*args, **kwargs)
        year = year_everywhere(now)
        born = self.fields["birth_year"]
        born.widget.attrs |= {"min": year - MOST_YEARS + 1, "max": year, "inputmode": "numeric"}
        days = self.fields["delete_after_days"]
        days.help_text = (
            f"At most {self.most_days.under_13} while under 13, later {self.most_days.later}. "
            "Empty: the school’s retention policies alone decide."
        )
        if not (self._typed_year_turns_18(year) or record.confirmed):
            del self.fields["adult"]

    def _typed_year_turns_18(self, year: int) -> bool:
        typed = str(self.data.get("birth_year", "")) if self.is_bound else str(self.initial.get("birth_year") or "")
        return typed.strip().isdecimal() and turns(int(typed), ADULT_FROM, year)

    def clean_birth_year(self) -> int | None:
        """Refuse a year in which no student is born."""
        born: int | None = self.cleaned_data["birth_year"]
        year = year_everywhere(self.now)
        if born is not None and not is_plausible(born, year):
            raise forms.ValidationError(f"Type a year from {year - MOST_YEARS + 1} to {year}.")
        return born

    def clean(self) -> dict[str, Any]:
        """Ask the rules about all answers together."""
        if not self.errors:
            for problem in self._problems():
                self.add_error(problem.field, problem.words)
        return self.cleaned_data

    def values(self) -> AgeValues:
        """Return what a valid form states."""
        stated = self.cleaned_data
        return AgeValues(
            birth_year=stated["birth_year"],
            method=stated["method"],
            adult=stated.get("adult", False),
            data_collection_limited=stated["data_collection_limited"],
            no_behavioral_targeting=stated["no_behavioral_targeting"],
            no_third_party_sharing=stated["no_third_party_sharing"],
            auto_delete_enabled=stated["auto_delete_enabled"],
            delete_after_days=stated["delete_after_days"],
            parent_access_enabled=stated["parent_access_enabled"],
        )

    def _problems(self) -> list[Problem]:
        values = self.values()
        about = about_with(values, self.age_record.student.school_id, self.now)
        return problems(values, self.age_record.of.rows, about, self.now, self.most_days)
