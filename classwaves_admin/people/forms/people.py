"""Forms about people: the filters of the list, and what is changed about one of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from classwaves_admin.accounts.roles import Role
from classwaves_admin.lib.choices import offer, offer_schools
from classwaves_admin.people.queries.people import Filters
from classwaves_admin.people.rules.roles import STAFF_CHOICES, STATES

PAST = "Choose today or a later day. To end access now, use “End access”."


class PeopleFilterForm(forms.Form):
    """What the list is narrowed to. It is posted: a name must not stand in addresses (accounts/searching.py)."""

    name = forms.CharField(label="Name or e-mail", required=False, max_length=100, widget=forms.SearchInput)
    role = forms.ChoiceField(label="Role", required=False, choices=[("", "All roles"), *Role.choices])
    school = forms.ChoiceField(label="School", required=False)
    state = forms.ChoiceField(label="State", required=False, choices=[("", "All states"), *STATES.items()])
    without_mfa = forms.BooleanField(label="Without a second factor", required=False)
    quiet = forms.BooleanField(label="Not signed in for 90 days", required=False)

    def __init__(self, data: Any, *, schools: Sequence[tuple[str, str]]) -> None:
        """Take the values of the address, and the person's schools."""
        super().__init__(data, auto_id="filter_%s")
        offer_schools(self, schools, every="All schools")

    def filters(self) -> Filters:
        """Return what the list is narrowed to; what no choice has narrows nothing."""
        self.is_valid()
        chosen = self.cleaned_data
        return Filters(**{name: chosen[name] for name in self.fields if name in chosen})


class StaffForm(forms.Form):
    """Role and state of somebody of a school."""

    role = forms.ChoiceField(
        label="Role",
        choices=[(code, role.label) for code, role in STAFF_CHOICES.items()],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a role."},
    )
    status = forms.ChoiceField(
        label="State",
        choices=list(STATES.items()),
        widget=forms.RadioSelect,
        help_text="Suspended: no sign-in until somebody makes the person active again. Left: no longer at the school.",
        error_messages={"required": "Choose a state."},
    )


class MembershipForm(forms.Form):
    """The last day of a membership, and the schools of an auditor of single schools."""

    ends_on = forms.DateField(
        label="Last day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="The last day on which it counts. Empty: it has no end.",
    )
    schools = forms.MultipleChoiceField(
        label="Schools",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one school."},
    )

    def __init__(self, *args: Any, today: date, must_end: bool, schools: Sequence[tuple[str, str]], **kw: Any) -> None:
        """Take today, whether the role must have a last day, and the schools to choose from: none for a district."""
        super().__init__(*args, **kw)
        self.today = today
        self.fields["ends_on"].required = must_end
        self.fields["ends_on"].error_messages["required"] = "An auditor’s access needs a last day."
        offer(self, "schools", schools)
        if not schools:
            del self.fields["schools"]

    def clean_ends_on(self) -> date | None:
        """Refuse a day that is over."""
        day: date | None = self.cleaned_data["ends_on"]
        if day is not None and day < self.today:
            raise forms.ValidationError(PAST)
        return day


class SessionForm(forms.Form):
    """Which session of a person ends; without one every session does."""

    session = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
