"""The forms of a school's authorization: whom it is about, then the signature."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms

from classwaves_admin.lib.choices import offer
from classwaves_admin.schools.grades import CHOICES
from consent.queries.authorizing import Choice
from consent.rules.authorizing import Chosen

# More than this a person does not choose one by one: it is a page of the list.
MOST_CHOSEN = 200


class ChoiceForm(forms.Form):
    """All under 13, one grade, or the students who were chosen in the list; the school where there are several."""

    school = forms.ChoiceField(label="School", error_messages={"required": "Choose the school."})
    chosen = forms.ChoiceField(
        label="Whom is it about?", widget=forms.RadioSelect, error_messages={"required": "Choose one."}
    )
    grade = forms.ChoiceField(label="Grade", required=False, choices=[("", "Choose one"), *CHOICES])

    def __init__(
        self, data: Any, *, schools: Sequence[tuple[str, str]], students: Sequence[str], **kwargs: Any
    ) -> None:
        """Take the schools that the person decides for, and the students chosen in the list."""
        super().__init__(data, **kwargs)
        self.student_ids = tuple(students[:MOST_CHOSEN])
        whom = [(one.value, one.label) for one in Chosen if one is not Chosen.STUDENTS]
        if self.student_ids:
            number = len(self.student_ids)
            label = "The student chosen in the list" if number == 1 else f"The {number} students chosen in the list"
            whom.insert(0, (Chosen.STUDENTS.value, label))
            self.fields["chosen"].initial = Chosen.STUDENTS.value
        offer(self, "chosen", whom)
        several = len(schools) > 1
        offer(self, "school", [("", "Choose one"), *schools] if several else schools)
        if not several and schools:
            self.fields["school"].widget = forms.HiddenInput()
            self.fields["school"].initial = schools[0][0]

    def clean(self) -> dict[str, Any]:
        """Ask for the grade where a grade was chosen."""
        if self.cleaned_data.get("chosen") == Chosen.GRADE and not self.cleaned_data.get("grade"):
            self.add_error("grade", "Choose the grade.")
        return self.cleaned_data

    def choice(self) -> Choice:
        """Return the choice of a valid form."""
        chosen = Chosen(self.cleaned_data["chosen"])
        grade = self.cleaned_data["grade"] if chosen is Chosen.GRADE else ""
        students = self.student_ids if chosen is Chosen.STUDENTS else ()
        return Choice(self.cleaned_data["school"], chosen, grade, students)


class SignatureForm(forms.Form):
    """The official's word: read, typed name, last day."""

    signer_name = forms.CharField(
        label="Your full name",
        help_text="Type your name. This is your signature for the school.",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Type your full name."},
    )
    ends_on = forms.DateField(
        label="Last day",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "Choose the last day.", "invalid": "Choose a day such as 2027-06-30."},
    )
    agreed = forms.BooleanField(
        label="I have read the statement above and authorize on behalf of the school",
        error_messages={"required": "Confirm that you have read the statement."},
    )

    def __init__(self, data: Any, *, today: date, most_days: int, **kwargs: Any) -> None:
        """Take the day on which the school signs, and for how many days it can decide."""
        super().__init__(data, **kwargs)
        self.today = today
        self.latest = today + timedelta(days=most_days)
        self.fields["ends_on"].initial = self.latest
        self.fields["ends_on"].help_text = f"At most {most_days} days from now."

    def clean_signer_name(self) -> str:
        """Refuse a name without a letter: a signature names a person."""
        name = " ".join(str(self.cleaned_data["signer_name"]).split())
        if not any(character.isalpha() for character in name):
            raise forms.ValidationError("Type your full name.")
        return name

    def clean_ends_on(self) -> date:
        """Refuse a day that has passed or is too far off."""
        day: date = self.cleaned_data["ends_on"]
        if not self.today <= day <= self.latest:
            raise forms.ValidationError(f"Choose a day from {self.today} to {self.latest}.")
        return day
