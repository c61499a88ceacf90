"""Forms of support access."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from classwaves_admin.accounts.support.rules import LEAST_HOURS, MOST_HOURS
from classwaves_admin.lib.choices import offer

ANYBODY = ("", "Anybody who works for ClassWaves")


class HoursForm(forms.Form):
    """For how long."""

    hours = forms.IntegerField(
        label="For how many hours?",
        min_value=LEAST_HOURS,
        max_value=MOST_HOURS,
        initial=4,
        help_text=f"From now on, {MOST_HOURS} at most. It ends by itself, and you can end it earlier.",
        error_messages={
            "required": "Say for how many hours.",
            "min_value": f"Choose {LEAST_HOURS} to {MOST_HOURS} hours.",
            "max_value": f"Choose {LEAST_HOURS} to {MOST_HOURS} hours.",
        },
    )


class _ReasonForm(HoursForm):
    reason = forms.CharField(
        label="What for?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The problem that ClassWaves is to look at. No story about a student.",
        error_messages={"required": "Say what it is for."},
    )


class GiveForm(_ReasonForm):
    """Who is let in, for how long and what for."""

    person = forms.ChoiceField(label="Who?", required=False)
    field_order = ("person", "hours", "reason")

    def __init__(self, *args: Any, staff: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Take who works for ClassWaves."""
        super().__init__(*args, **kwargs)
        offer(self, "person", [ANYBODY, *staff])


class AskForm(_ReasonForm):
    """Which district is asked, for how long and what for."""

    district = forms.ChoiceField(label="District", error_messages={"required": "Choose the district."})
    field_order = ("district", "hours", "reason")

    def __init__(self, *args: Any, districts: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Take the districts that can be asked."""
        super().__init__(*args, **kwargs)
        offer(self, "district", [("", "Choose one"), *districts])
        self.fields["hours"].help_text = f"From the moment that it is granted, {MOST_HOURS} at most."
