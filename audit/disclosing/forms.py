"""The form of one disclosure, and of a table of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from audit.events import Basis
from audit.pupil_form import PupilForm
from audit.rules.disclosures import LONGEST_TEXT, RECORDED, Disclosure, Entry, problems_of
from classwaves_admin.lib.choices import offer

MOST_KILOBYTES = 512
KINDS = (("made", "Records were disclosed"), ("requested", "Records were asked for, and not disclosed"))


def _text(label: str, help_text: str, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=LONGEST_TEXT,
        error_messages={"required": "The law asks for this: write a few words."},
    )


class EntryForm(forms.Form):
    """What is recorded of one disclosure (34 CFR 99.32)."""

    kind = forms.ChoiceField(label="What happened?", choices=KINDS, widget=forms.RadioSelect, initial="made")
    on = forms.DateField(
        label="On which day?",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "Choose the day."},
    )
    basis = forms.ChoiceField(
        label="On which ground?",
        choices=[("", "Choose one"), *((basis.value, words) for basis, words in RECORDED.items())],
        error_messages={"required": "Choose the ground."},
        help_text="Disclosures to parents, to school officials, with a parent’s written consent and of directory "
        "information are not recorded here (99.32(d)).",
    )
    party = _text("Who asked for the records or was given them?", "Such as “State Department of Education”.")
    interest = _text("Which legitimate interest in them?", "Such as “Audit of the reading program”.")
    records = _text("Which records?", "Such as “Reading scores, grade 5”. Leave the student’s name out.")
    redisclosees = _text("To whom may they pass them on?", "Leave empty for nobody.", required=False)
    threat = _text("Which threat?", "In an emergency: what it was, and for whom.", required=False)
    sealed = forms.BooleanField(
        label="A court has sealed this", required=False, help_text="It is kept out of every parent’s copy."
    )

    def entry(self) -> Entry:
        """Return what the person says."""
        given = self.cleaned_data
        texts = {name: given.get(name, "") for name in ("party", "interest", "records", "redisclosees", "threat")}
        basis = Basis(given["basis"])
        return Entry(
            made=given["kind"] == "made",
            on=given["on"],
            basis=basis,
            sealed=given["sealed"] or basis is Basis.SEALED,
            **texts,
        )

    def judge(self, *, today: date, student: str) -> bool:
        """Add what is wrong with the whole; return whether nothing is."""
        if self.is_valid():
            for name, words in problems_of(self.entry(), today=today, student=student).items():
                self.add_error(name, words)
        return not self.errors


class DisclosureForm(EntryForm, PupilForm):
    """A disclosure of the records of one student."""

    field_order = ("student", "which", "kind", "on", "basis", "party", "interest", "records", "redisclosees", "threat")

    def __init__(self, data: Any, **kwargs: Any) -> None:
        """Take the values; the student must be named."""
        super().__init__(data, **kwargs)
        self.fields["student"].required = True


def as_entered(disclosure: Disclosure, day: date) -> dict[str, Any]:
    """Return a recorded disclosure as values of the form."""
    return {
        "kind": "made" if disclosure.made else "requested",
        "on": day,
        "basis": disclosure.basis,
        "party": disclosure.party,
        "interest": disclosure.interest,
        "records": disclosure.records,
        "redisclosees": disclosure.redisclosees,
        "threat": disclosure.threat,
        "sealed": disclosure.sealed,
    }


class TableForm(forms.Form):
    """A table of disclosures of one school: a file, or the text of one that was looked at before."""

    school = forms.ChoiceField(label="School", error_messages={"required": "Choose the school."})
    file = forms.FileField(label="File (CSV UTF-8)", required=False)
    table = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)

    def __init__(self, *args: Any, schools: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Take the schools that the person may choose from."""
        super().__init__(*args, **kwargs)
        offer(self, "school", schools if len(schools) == 1 else [("", "Choose one"), *schools])

    def clean(self) -> dict[str, Any]:
        """Take the file's bytes, or those that came back with the confirmation."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        file, text = cleaned.get("file"), cleaned.get("table") or ""
        if file is not None and file.size > MOST_KILOBYTES * 1024:
            self.add_error("file", f"Send at most {MOST_KILOBYTES} KB at a time.")
        elif file is None and not text:
            self.add_error("file", "Choose a file.")
        else:
            cleaned["content"] = file.read() if file is not None else text.encode()
        return cleaned
