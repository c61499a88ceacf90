"""The filters above the list of sessions. Nothing in them is a child's: they may stand in the address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import cast

from django import forms

from consent.queries.gate import Wanted

STATES = [("", "All states"), ("created", "Planned"), ("active", "Running"), ("paused", "Paused"), ("ended", "Ended")]
NONE_NOTED = "unconsented"


class SessionFilters(forms.Form):
    """Days, teacher, state, and what was recorded although no consent is noted. Any may stay empty."""

    since = forms.DateField(label="From", required=False)
    until = forms.DateField(label="Up to and including", required=False)
    teacher = forms.CharField(label="Teacher", required=False, widget=forms.Select)
    status = forms.ChoiceField(label="State", required=False, choices=STATES)
    recorded = forms.ChoiceField(
        label="Recording", required=False, choices=[("", "Any"), (NONE_NOTED, "Recorded, no consent noted")]
    )

    def offer_teachers(self, teachers: Sequence[tuple[str, str]]) -> None:
        """Offer these teachers, as pairs of id and name."""
        cast(forms.Select, self.fields["teacher"].widget).choices = [("", "All teachers"), *teachers]

    def wanted(self, *, school: str, zone: tzinfo) -> Wanted:
        """Return what a valid form narrows the list to, its days on the clock of the zone."""
        chosen = self.cleaned_data
        until = chosen["until"]
        return Wanted(
            school=school,
            teacher=chosen["teacher"],
            status=chosen["status"],
            since=_midnight(chosen["since"], zone),
            until=_midnight(until + timedelta(days=1), zone) if until and until < date.max else None,
            unconsented=chosen["recorded"] == NONE_NOTED,
        )


def _midnight(day: date | None, zone: tzinfo) -> datetime | None:
    return datetime.combine(day, time(), zone).astimezone(UTC) if day else None
