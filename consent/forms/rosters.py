"""The forms about rosters: the file, its columns, the word that applies it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from classwaves_admin.lib.choices import offer
from classwaves_admin.schools.plain_table import Columns, Field, Preview
from classwaves_admin.schools.plain_table.columns import LABELS, MOST_GUARDIANS
from consent.models import RosterImport

Choice = tuple[str, str]
_STUDENT = [one for one in Field if not one.of_guardian]
_GUARDIAN = [one for one in Field if one.of_guardian]
_REQUIRED = {Field.STUDENT_ID}


class UploadForm(forms.Form):
    """A file, and for a plain table of several schools' office the school."""

    file = forms.FileField(
        label="Roster file",
        help_text="A OneRoster package (ZIP), or a table (CSV) with one row for each student.",
        widget=forms.FileInput(attrs={"accept": ".zip,.csv,.txt,text/csv,application/zip"}),
    )
    school = forms.ChoiceField(
        label="School of the table",
        required=False,
        help_text="Only for a table (CSV). A OneRoster package names its schools itself.",
    )

    def __init__(self, *args: Any, schools: Sequence[Choice], **kwargs: Any) -> None:
        """Take the schools that the person may import."""
        super().__init__(*args, **kwargs)
        if len(schools) > 1:
            offer(self, "school", [("", "Choose a school"), *schools])
        else:
            del self.fields["school"]


class ColumnsForm(forms.Form):
    """Which column means what. The choices are places of columns; the office's answer is kept by their names."""

    def __init__(self, data: Mapping[str, Any] | None, *, seen: Preview, columns: Columns, guardians: int) -> None:
        """Take how the table is written, what its columns are thought to mean, and how many guardians to ask for."""
        super().__init__(data)
        self._seen, self._guardians, self._relations = seen, guardians, list(columns.relations)
        choices = [("", "Not in the table"), *((str(place), name) for place, name in enumerate(seen.header) if name)]
        for one in _STUDENT:
            self._add(one.value, LABELS[one], columns.student.get(one), choices, required=one in _REQUIRED)
        for number in range(guardians):
            known = columns.guardians[number] if number < len(columns.guardians) else {}
            for one in _GUARDIAN:
                label = f"Guardian {number + 1}: {LABELS[one]}"
                self._add(f"{one.value}_{number}", label, known.get(one), choices)
        if not seen.certain:
            self.fields["letters"] = forms.BooleanField(
                label="These words are spelled right: " + ", ".join(seen.samples),
                error_messages={
                    "required": "Look at the words. If a letter is wrong, save the table as CSV UTF-8 and send that."
                },
            )

    def _add(self, name: str, label: str, place: int | None, choices: list[Choice], *, required: bool = False) -> None:
        first = "" if place is None else str(place)
        self.fields[name] = forms.ChoiceField(label=label, choices=choices, initial=first, required=required)

    def clean(self) -> dict[str, Any]:
        """Refuse what leaves nobody to be found again."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            for problem in self.columns().problems:
                self.add_error(None, problem)
        return cleaned

    def columns(self) -> Columns:
        """Return what a valid form says."""
        chosen = {name: int(value) for name, value in self.cleaned_data.items() if name != "letters" and value}
        student = {one: chosen[one.value] for one in _STUDENT if one.value in chosen}
        guardians, relations = [], []
        for number in range(self._guardians):
            places = {one: chosen[f"{one.value}_{number}"] for one in _GUARDIAN if f"{one.value}_{number}" in chosen}
            if places:
                guardians.append(places)
                relations.append(self._relations[number] if number < len(self._relations) else "")
        return Columns(student, guardians, relations)

    def named(self) -> dict[str, Any]:
        """Return the columns by their names, with the sign between them."""
        return {**self.columns().data(self._seen.header), "delimiter": self._seen.delimiter}


def guardians_asked(columns: Columns) -> int:
    """Return for how many guardians to ask: one more than are known."""
    return min(len(columns.guardians) + 1, MOST_GUARDIANS)


class ApplyForm(forms.Form):
    """A person's word for what an import leaves out and whom it ends."""

    leave_out = forms.BooleanField(required=False)
    confirmed = forms.IntegerField(required=False, min_value=0)

    def __init__(self, data: Mapping[str, Any] | None, *, about: RosterImport) -> None:
        """Ask only for what this import needs."""
        super().__init__(data)
        if about.rows_left_out:
            number = about.rows_left_out
            rows = "the row with a fault" if number == 1 else f"the {number:,} rows with faults"
            self.fields["leave_out"] = forms.BooleanField(
                label=f"Leave out {rows}",
                help_text="Who stands in such a row stays as they are: nobody leaves because of it.",
                error_messages={"required": "Tick this, or mend the file and send it again."},
            )
        else:
            del self.fields["leave_out"]
        if about.needs_confirmation:
            self.fields["confirmed"] = forms.IntegerField(
                label=f"Type {about.leaving} to confirm that so many students and guardianships end",
                error_messages={"required": f"Type {about.leaving}, or check whether the file is whole."},
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
            )
        else:
            del self.fields["confirmed"]
        self._leaving = about.leaving

    def clean_confirmed(self) -> int:
        """Take the number that is asked for and no other."""
        number: int = self.cleaned_data["confirmed"]
        if number != self._leaving:
            raise forms.ValidationError(f"Type {self._leaving}. Another number means that the file is not as expected.")
        return number
