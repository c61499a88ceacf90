"""The forms in which legal holds are placed and released."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms

from classwaves_admin.lib.choices import offer
from classwaves_admin.schools.queries import time_zone
from classwaves_admin.warehouse.models import ClassroomSession

NO_SESSION = "The school has no such session."
BACKWARDS = "The last day is before the first one."


class HoldForm(forms.Form):
    """What is held: a whole school, or what fits all that is named."""

    school = forms.ChoiceField(label="School")
    session = forms.CharField(
        label="One session only",
        required=False,
        max_length=64,
        help_text="The id of a classroom session, as it stands in its address. Empty: every session.",
    )
    since = forms.DateField(label="From this day on", required=False, widget=forms.DateInput)
    until = forms.DateField(label="Up to this day, itself included", required=False, widget=forms.DateInput)
    reason = forms.CharField(
        label="Reason",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Who asks for it and where the paper is kept. No story about a person.",
    )

    def __init__(self, *args: Any, schools: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Take the schools of the person."""
        super().__init__(*args, **kwargs)
        offer(self, "school", schools)
        if len(schools) == 1:
            self.fields["school"].widget = forms.HiddenInput()
            self.initial["school"] = schools[0][0]

    def clean(self) -> dict[str, Any]:
        """Look the session up, and compare the days."""
        chosen = self.cleaned_data
        session, school = chosen.get("session", "").strip(), chosen.get("school")
        if session and school and not ClassroomSession.objects.filter(pk=session, school_id=school).exists():
            self.add_error("session", NO_SESSION)
        since, until = chosen.get("since"), chosen.get("until")
        if since and until and until < since:
            self.add_error("until", BACKWARDS)
        return chosen

    def bounds(self) -> tuple[datetime | None, datetime | None]:
        """Return the first moment and the moment after the last one, on the school's clock."""
        zone = time_zone(self.cleaned_data["school"])

        def start(day: date | None) -> datetime | None:
            return datetime.combine(day, time.min, zone) if day else None

        until = self.cleaned_data["until"]
        return start(self.cleaned_data["since"]), start(until + timedelta(days=1) if until else None)


class ReleaseForm(forms.Form):
    """Why a hold is to be released."""

    reason = forms.CharField(
        label="Why may it be released?",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Who says so and where the paper is kept.",
    )
