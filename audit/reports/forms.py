"""What a report is asked with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from audit.forms import event_choices
from audit.pupil_form import PupilForm
from audit.reports.disclosures import PARENTS
from audit.reports.registry import Offer
from audit.rules.messy import usable
from classwaves_admin.lib.choices import offer, offer_schools
from consent.rules.register import Ages
from consent.vocabulary import EffectiveStatus

Choice = tuple[str, str]


class ReportForm(PupilForm):
    """School, period and filters; of these the ones that the report asks for."""

    school = forms.ChoiceField(label="School", required=False)
    first = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    event = forms.ChoiceField(label="Event", required=False)
    looks = forms.BooleanField(
        label="Looks alone",
        required=False,
        help_text="What showed a record, played it or handed it over; no changes, no mails, no sign-ins.",
    )
    status = forms.ChoiceField(
        label="Status",
        required=False,
        choices=[("", "Every status"), *((one.value, one.label) for one in EffectiveStatus)],
    )
    ages = forms.ChoiceField(
        label="Ages", required=False, choices=[("", "Every active student"), *((one.value, one.label) for one in Ages)]
    )
    copy = forms.ChoiceField(
        label="Copy for",
        required=False,
        choices=[("", "The office and its auditors"), (PARENTS, "A parent or eligible student")],
        help_text="A parent’s copy holds nothing that a court has sealed.",
    )

    field_order = ("school", "student", "which", "first", "last", "event", "looks", "status", "ages", "copy")

    def __init__(self, data: Any, *, report: Offer, schools: Sequence[Choice], **kwargs: Any) -> None:
        """Take the values, the report, and the schools that the person may choose from."""
        super().__init__(data, **kwargs)
        offer_schools(self, schools)
        offer(self, "event", event_choices(self.data.get("event", "")[:200]))
        asks = {"first", "last", *report.asks} if "period" in report.asks else report.asks
        for name in ("student", "first", "last", "event", "looks", "status", "ages", "copy"):
            if name not in asks:
                del self.fields[name]
        if report.of_one:
            self.fields["student"].required = True
            self.fields.pop("school", None)

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins, and a parent's copy about nobody."""
        cleaned = super().clean()
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", "Choose a day on or after the first one.")
        if cleaned.get("copy") == PARENTS and not cleaned.get("student"):
            self.add_error("student", "A parent’s copy is about one student: name the student.")
        return cleaned

    @property
    def school_id(self) -> str:
        """Return the one school of a valid form: the student's, or the chosen one."""
        return self.pupil.school_id if self.pupil else self.cleaned_data.get("school", "")

    def parameters(self) -> dict[str, str]:
        """Return codes, days and ids of a valid form; nothing that was typed."""
        given = self.cleaned_data
        found = {name: given.get(name) or "" for name in ("event", "status", "ages", "copy")}
        found["looks"] = "yes" if given.get("looks") else ""
        found |= {name: _day(given.get(name)) for name in ("first", "last")}
        if self.pupil and usable(self.pupil.id):
            found["student"] = self.pupil.id
        return {name: value for name, value in found.items() if value}


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
