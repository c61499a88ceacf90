"""The forms of districts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from classwaves_admin.lib.choices import offer
from classwaves_admin.schools.districts.actions import FIELDS
from classwaves_admin.schools.districts.contract import Line, lines_of, put_together
from classwaves_admin.schools.districts.queries import Filters
from classwaves_admin.schools.edited import fingerprint
from classwaves_admin.schools.states import STATES
from classwaves_admin.schools.tiers import TIERS, with_stored
from classwaves_admin.warehouse.models import District

_OPTIONAL = ("region", "superintendent_name", "contact_email", "contact_phone", "website")


class DistrictFilters(forms.Form):
    """What the list of districts is narrowed to."""

    q = forms.CharField(label="Name or state", required=False, max_length=100, widget=forms.SearchInput)
    look = forms.ChoiceField(
        label="State of the contract",
        required=False,
        choices=[("", "All"), ("active", "Active"), ("inactive", "Not active")],
    )

    def filters(self) -> Filters:
        """Return what a valid form narrows the list to."""
        look = self.cleaned_data["look"]
        return Filters(self.cleaned_data["q"].strip(), {"active": True, "inactive": False}.get(look))


class DistrictForm(forms.Form):
    """All that people may say of a district. The lines of its contract stand beside the fields: `lines`."""

    name = forms.CharField(
        label="Name of the district", max_length=200, error_messages={"required": "Write the district’s name."}
    )
    state = forms.ChoiceField(
        label="State",
        help_text="The clocks of state law for requests about a student’s data follow it.",
        error_messages={"required": "Choose the state."},
    )
    region = forms.CharField(label="Region", required=False, max_length=200)
    superintendent_name = forms.CharField(label="Superintendent", required=False, max_length=200)
    contact_email = forms.EmailField(label="E-mail of the office", required=False, max_length=254)
    contact_phone = forms.CharField(label="Phone of the office", required=False, max_length=50)
    website = forms.URLField(
        label="Website", required=False, max_length=500, assume_scheme="https", help_text="Such as https://example.org"
    )
    subscription_tier = forms.ChoiceField(label="Subscription")
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        district: District | None = None,
        may_set_tier: bool = True,
        kept: QueryDict | None = None,
    ) -> None:
        """Take what was sent, and the district as it stands (None for a new one).

        `kept` is what was typed so far where nothing is to be saved yet: it is shown and not judged.
        """
        self.district = district
        initial: dict[str, Any] = {name: getattr(district, name) for name in FIELDS[:-1]} if district else {}
        initial["seen"] = fingerprint(district, FIELDS) if district else ""
        typed = kept if data is None else data
        super().__init__(data, initial=initial if kept is None else initial | kept.dict())
        self.details = district.contract_details if district else None
        self.lines = (lines_of(self.details) or [Line()]) if typed is None else _typed(typed)
        self._agreed: dict[str, str | None] | None = None
        state, tier = (district.state, district.subscription_tier) if district else ("", "free")
        offer(self, "state", [("", "Choose one"), *with_stored(state, STATES)])
        if may_set_tier:
            offer(self, "subscription_tier", with_stored(tier, TIERS))
            self.initial.setdefault("subscription_tier", tier)
        else:
            del self.fields["subscription_tier"]

    def clean(self) -> dict[str, Any]:
        """Put the lines of the contract together."""
        self._agreed, said = put_together(self.lines, self.details)
        self.lines = said or [Line()]
        if any(line.fault for line in self.lines):
            raise forms.ValidationError("Look at the lines of the contract.")
        return self.cleaned_data

    def values(self) -> dict[str, Any]:
        """Return what a valid form says, by column."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        for name in _OPTIONAL:
            said[name] = said[name] or None
        kept = self.district is not None and self._agreed == self._as_read()
        return said if kept else said | {"contract_details": self._agreed}

    def _as_read(self) -> dict[str, str | None] | None:
        """Return what the untouched lines of the district would put together."""
        return put_together(lines_of(self.details), self.details)[0]


class MoveForm(forms.Form):
    """Where a school is to go, and why."""

    NOWHERE = "none"

    to = forms.ChoiceField(label="It moves to", error_messages={"required": "Choose where it moves to."})
    reason = forms.CharField(
        label="Why",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Such as the board’s decision and its date. Name no student.",
        error_messages={"required": "Say why."},
    )

    def __init__(self, data: Any = None, *, districts: list[tuple[str, str]], has_home: bool, **kwargs: Any) -> None:
        """Take the districts to choose from, and whether the school has one that it can leave."""
        super().__init__(data, **kwargs)
        out = [(self.NOWHERE, "No district: it stands alone")] if has_home else []
        offer(self, "to", [("", "Choose one"), *districts, *out])

    def to_district(self) -> str:
        """Return the id of the district that was chosen; empty for none."""
        chosen = str(self.cleaned_data["to"])
        return "" if chosen == self.NOWHERE else chosen


class ActiveForm(forms.Form):
    """Whether a district is to be active."""

    active = forms.ChoiceField(choices=[("yes", "Yes"), ("no", "No")], widget=forms.HiddenInput)


def with_line(data: QueryDict) -> QueryDict:
    """Return what was typed with one more empty line of the contract."""
    return _with_lines(data, [*_typed(data), Line()])


def without_line(data: QueryDict, place: str) -> QueryDict:
    """Return what was typed without the line at `place`, counted from nought."""
    lines = _typed(data)
    return _with_lines(data, [line for number, line in enumerate(lines) if str(number) != place] or [Line()])


def _typed(data: QueryDict) -> list[Line]:
    columns = (data.getlist(name) for name in ("contract_name", "contract_words", "contract_was"))
    return [Line(*parts) for parts in zip(*columns, strict=False)] or [Line()]


def _with_lines(data: QueryDict, lines: list[Line]) -> QueryDict:
    kept = data.copy()
    kept.setlist("contract_name", [line.name for line in lines])
    kept.setlist("contract_words", [line.words for line in lines])
    kept.setlist("contract_was", [line.was for line in lines])
    return kept
