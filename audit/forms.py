"""The filters above the audit log. The address of the page is the search."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django import forms

from audit.events import EVENTS, Event
from audit.exports.formats import Format
from audit.models import SavedSearch
from audit.rules.criteria import ANY_OF_GROUP
from audit.rules.lines import CATEGORY_LABELS, event_label
from audit.rules.periods import Period
from classwaves_admin.lib.choices import offer, offer_schools

LONGEST = 200
LONGEST_SEARCH = 4_000
LONGEST_NAME = 80
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


def category_choices(chosen: str = "") -> list[Choice]:
    """Return the categories, and `chosen` too where another service made it up."""
    known = list(CATEGORY_LABELS.items())
    other = [(chosen, chosen)] if chosen and chosen not in dict(known) and "\0" not in chosen else []
    return [("", "Any category"), *known, *other]


class BoxForm(forms.Form):
    """What a person looks for, as the box says it. It may stay empty."""

    q = forms.CharField(label="Search", required=False, max_length=LONGEST_SEARCH, widget=forms.SearchInput)
    # What the box said when the fields were drawn: a field that still says the same was not touched.
    was = forms.CharField(required=False, widget=forms.HiddenInput)

    def texts(self) -> dict[str, str]:
        """Return what the fields of a valid form say, the box and what it said before left out."""
        box = ("q", "was")
        return {name: str(value or "") for name, value in self.cleaned_data.items() if name not in box}


class SearchForm(BoxForm):
    """The box, and the fields that write into it. Everything may stay empty."""

    school = forms.ChoiceField(label="School", required=False)
    period = forms.ChoiceField(label="Period", required=False, choices=[("", "Any time"), *Period.choices])
    first = forms.DateField(label="From", required=False, widget=forms.DateInput)
    last = forms.DateField(label="To", required=False, widget=forms.DateInput)
    event = forms.ChoiceField(label="Event", required=False)
    category = forms.ChoiceField(label="Category", required=False)
    actor = forms.CharField(label="Who did it", required=False, max_length=LONGEST, widget=forms.SearchInput)
    student = forms.CharField(label="Student", required=False, max_length=LONGEST, widget=forms.SearchInput)
    words = forms.CharField(label="Description", required=False, max_length=LONGEST, widget=forms.SearchInput)
    resource = forms.CharField(label="Record, as kind or kind/id", required=False, max_length=LONGEST)
    basis = forms.CharField(label="Legal basis", required=False, max_length=LONGEST)
    ip = forms.CharField(label="Address (IP)", required=False, max_length=LONGEST)
    session = forms.CharField(label="Classroom session", required=False, max_length=LONGEST)

    def __init__(self, data: Any, *, schools: Sequence[Choice], **kwargs: Any) -> None:
        """Take the query of the address, and the schools that the person may choose from."""
        super().__init__(data, **{"auto_id": "filter_%s"} | kwargs)
        offer_schools(self, schools)
        offer(self, "event", event_choices(self.data.get("event", "")[:LONGEST]))
        offer(self, "category", category_choices(self.data.get("category", "")[:LONGEST]))

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", "Choose a day on or after the first one.")
        return cleaned


class PackForm(SearchForm):
    """What an auditor pack is about: school and period, and where it is not to hold everything, a search."""

    field_order = ("school", "first", "last", "q", "was")

    def __init__(self, data: Any, *, schools: Sequence[Choice], **kwargs: Any) -> None:
        """Take the values, and the schools that the person may choose from."""
        super().__init__(data, schools=schools, auto_id="id_%s", **kwargs)
        for name in set(self.fields) - set(self.field_order):
            del self.fields[name]
        self.fields["q"].help_text = "Leave it empty for every event. It reads what the search of the audit log reads."


class SaveForm(forms.Form):
    """A search that is kept under a name."""

    name = forms.CharField(label="Name", max_length=LONGEST_NAME)
    text = forms.CharField(max_length=LONGEST_SEARCH, widget=forms.HiddenInput, strip=False)
    shared = forms.BooleanField(label="Share it", required=False)


class SearchChangeForm(forms.Form):
    """Another name for a search that is kept, and whether others see it."""

    name = forms.CharField(label="Name", max_length=LONGEST_NAME)
    shared = forms.BooleanField(required=False)

    def __init__(self, data: Any, *, search: SavedSearch, share_with: str) -> None:
        """Take the search, and in words with whom it can be shared: empty text for nobody."""
        initial = {"name": search.name, "shared": search.is_shared}
        super().__init__(data, initial=initial, auto_id=f"search_{search.pk}_%s")
        self.fields["shared"].label = f"Share it with {share_with}"
        if not share_with:
            del self.fields["shared"]
        self._others = SavedSearch.objects.filter(owner_id=search.owner_id).exclude(pk=search.pk)

    def clean_name(self) -> str:
        """Refuse a name that another search of the person has."""
        name = str(self.cleaned_data["name"])
        if self._others.filter(name=name).exists():
            raise forms.ValidationError("You have another search of this name: choose a different one.")
        return name


class FormatForm(forms.Form):
    """The form in which rows are taken away."""

    form = forms.ChoiceField(
        label="As what?",
        choices=Format.choices,
        initial=Format.CSV,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one."},
    )


def _prefix(event: Event) -> str:
    return event.name.partition(".")[0]
