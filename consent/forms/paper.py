"""The form for the code of a printed consent form, and the filter for printing many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from classwaves_admin.lib.choices import offer
from classwaves_admin.lib.tokens import PAPER_LENGTH, paper_code_of
from classwaves_admin.schools.grades import CHOICES
from consent.queries.students import Filters

NO_SUCH_CODE = (
    "No form of your school has this code now. Check it against the paper. A form that was printed again, typed in "
    "already, or is too old has no code: record such an answer on the student’s page."
)


class PaperCodeForm(forms.Form):
    """The code that stands on the paper."""

    code = forms.CharField(
        label="Code of the form",
        max_length=40,
        help_text="Ten signs, in the box on the last part of the form. The letters O and I do not occur.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "cw-code"}),
    )

    def clean_code(self) -> str:
        """Return the ten signs alone."""
        code = paper_code_of(self.cleaned_data["code"])
        if len(code) != PAPER_LENGTH:
            raise forms.ValidationError(f"The code has {PAPER_LENGTH} signs.")
        return code


class PrintManyForm(forms.Form):
    """Whose guardians without an address get a form: one school, and a grade or all."""

    school = forms.ChoiceField(label="School")
    grade = forms.ChoiceField(label="Grade", required=False, choices=[("", "All grades"), *CHOICES])

    again = forms.BooleanField(
        label="Also for people who have a form that has not come back: the old code dies", required=False
    )

    def __init__(self, *args: Any, schools: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Take the schools that the person may choose from."""
        super().__init__(*args, **kwargs)
        offer(self, "school", schools)

    def filters(self) -> Filters:
        """Return what a valid form narrows the students to."""
        return Filters(school=self.cleaned_data["school"], grade=self.cleaned_data["grade"])
