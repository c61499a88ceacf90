"""A form about one student: typed as a name or an id, and chosen where several are called so."""

from __future__ import annotations

from typing import Any

from django import forms

from audit.queries.pupils import MOST_PUPILS, Pupil, pupils_called

LONGEST = 200


class PupilForm(forms.Form):
    """A student, found in the person's scope. `pupil` is who is meant once the form is valid, None without text."""

    student = forms.CharField(
        label="Student",
        required=False,
        max_length=LONGEST,
        help_text="A name, a part of it, or an id.",
        error_messages={"required": "Name the student."},
    )

    def __init__(self, data: Any, **kwargs: Any) -> None:
        """Take the values; where several students are called so, ask which one."""
        super().__init__(data, **kwargs)
        text = (self.data.get("student") or "").strip() if self.is_bound else ""
        self.pupils: list[Pupil] = pupils_called(text) if text and "\0" not in text and len(text) <= LONGEST else []
        self.pupil: Pupil | None = None
        if 1 < len(self.pupils) <= MOST_PUPILS:
            self.fields["which"] = forms.ChoiceField(
                label="Which one?",
                choices=[(one.id, one.words) for one in self.pupils],
                widget=forms.RadioSelect,
                error_messages={"required": f"{len(self.pupils)} students are called this: choose one."},
            )

    @property
    def shows_names(self) -> bool:
        """Tell whether the form lists students to choose from."""
        return "which" in self.fields

    def clean_student(self) -> str:
        """Refuse a name that nobody has, or too many."""
        text: str = self.cleaned_data["student"].strip()
        if text and not self.pupils:
            raise forms.ValidationError("No student of your schools is called this.")
        if len(self.pupils) > MOST_PUPILS:
            raise forms.ValidationError(f"More than {MOST_PUPILS} students are called this: write more of the name.")
        return text

    def clean(self) -> dict[str, Any]:
        """Settle who is meant."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = cleaned.get("which", "")
        self.pupil = next((one for one in self.pupils if len(self.pupils) == 1 or one.id == chosen), None)
        return cleaned
