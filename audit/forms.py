"""The filters above the audit log. The address of the page is the search."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, tzinfo
from itertools import groupby
from typing import Any

from django import forms

from audit.events import EVENTS, Event
from audit.rules.criteria import ANY_OF_GROUP, Criteria
from audit.rules.lines import CATEGORY_LABELS, event_label
from audit.rules.periods import Period, bounds
from classwaves_admin.lib.choices import offer

LONGEST = 200
Choice = tuple[str, str]
GROUP_LABELS = {"auth": "Sign-in", "coppa": "Age records", "session": "Classroom sessions"}


def event_choices(chosen: str = "") -> list[Choice | tuple[str, list[Choice]]]:
    """Return the registered events by group, each group with "all of them" first.

    `chosen` is offered too where another service made it up, so that a link to it keeps its meaning.
    """
    groups: list[tuple[str, list[Choice]]] = []
    for prefix, events in groupby(sorted(EVENTS.values(), key=lambda event: event.name), _prefix):
        title = GROUP_LABELS.get(prefix, prefix.capitalize())
        everything = (f"{prefix}{ANY_OF_GROUP}", f"{title}: all")
        groups.append((title, [everything, *((event.name, event.label) for event in events)]))
    known = {value for _, group in groups for value, _ in group}
    # No database takes a NUL in text.
    other = [(chosen, event_label(chosen))] if chosen and chosen not in known and "\0" not in chosen else []
    return [("", "Any event"), *groups, *other]


class SearchForm(forms.Form):
    """What a person looks for. Every field may stay empty."""

    school = forms.ChoiceField(label="School", required=False)
    period = forms.ChoiceField(label="Period", required=False, choices=[("", "Any time"), *Period.choices])
    first = forms.DateField(label="From", required=False, widget=forms.DateInput)
    last = forms.DateField(label="To", required=False, widget=forms.DateInput)
    event = forms.ChoiceField(label="Event", required=False)
    category = forms.ChoiceField(
        label="Category",
        required=False,
        choices=[("", "Any category"), *((code.value, label) for code, label in CATEGORY_LABELS.items())],
    )
    actor = forms.CharField(label="Who did it", required=False, max_length=LONGEST, widget=forms.SearchInput)
    student = forms.CharField(label="Student", required=False, max_length=LONGEST, widget=forms.SearchInput)
    words = forms.CharField(label="Description", required=False, max_length=LONGEST, widget=forms.SearchInput)

    def __init__(self, data: Any, *, schools: Sequence[Choice]) -> None:
        """Take the query of the address, and the schools that the person may choose from."""
        super().__init__(data, auto_id="filter_%s")
        offer(self, "school", [("", "All my schools"), *schools])
        if len(schools) < 2:  # noqa: PLR2004 - one school needs no choice
            del self.fields["school"]
        offer(self, "event", event_choices(self.data.get("event", "")[:LONGEST]))

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", "Choose a day on or after the first one.")
        return cleaned

    def criteria(self, *, today: date, zone: tzinfo) -> Criteria:
        """Return the search of a valid form; its days are those of `zone`."""
        given = self.cleaned_data
        since, until = bounds(period=given["period"], first=given["first"], last=given["last"], today=today, zone=zone)
        return Criteria(
            school_id=given.get("school", ""),
            since=since,
            until=until,
            event=given["event"],
            category=given["category"],
            actor=given["actor"],
            student=given["student"],
            words=given["words"],
        )


def _prefix(event: Event) -> str:
    return event.name.partition(".")[0]
