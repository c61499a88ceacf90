"""The forms of the inventory: what the list is narrowed to, and one entry of the list of subprocessors."""

from __future__ import annotations

from typing import Any

from django import forms

from classwaves_admin.inventory.models import Subprocessor
from classwaves_admin.inventory.queries.subprocessors import said_by
from classwaves_admin.inventory.rules.lines import CLASS_WORDS, Wanted
from classwaves_admin.inventory.rules.subprocessors import fingerprint
from classwaves_admin.warehouse.catalog.describe import SCHEMAS
from classwaves_admin.warehouse.inventory import Privacy

__all__ = ["InventoryFilters", "SubprocessorForm"]

BACKWARDS = "The last day is before the first one."
ONLY_HTTPS = "Write an address that begins with https://."


class InventoryFilters(forms.Form):
    """Class, schema and words. All may stay empty."""

    words = forms.CharField(label="Words", required=False, max_length=100, widget=forms.SearchInput)
    privacy = forms.ChoiceField(
        label="Class",
        required=False,
        choices=[("", "All classes"), *((one.value, words) for one, words in CLASS_WORDS.items())],
    )
    schema = forms.ChoiceField(
        label="Schema", required=False, choices=[("", "All schemas"), *((one, one) for one in SCHEMAS)]
    )

    def wanted(self) -> Wanted:
        """Return what a valid form narrows the list to."""
        chosen = self.cleaned_data
        privacy = Privacy(chosen["privacy"]) if chosen["privacy"] else None
        return Wanted(privacy, chosen["schema"], chosen["words"].strip())


class SubprocessorForm(forms.Form):
    """What an entry says. `seen` marks what it said when the form was made; a new entry has none."""

    name = forms.CharField(label="Name of the company", max_length=200)
    purpose = forms.CharField(
        label="What for", max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text="In words a parent reads."
    )
    classes = forms.MultipleChoiceField(
        label="Which classes of data",
        widget=forms.CheckboxSelectMultiple,
        choices=[(one.value, words) for one, words in CLASS_WORDS.items()],
    )
    location = forms.CharField(
        label="Where the data are", max_length=200, help_text="Country, and the region where that is known."
    )
    since = forms.DateField(label="Since", widget=forms.DateInput)
    until = forms.DateField(
        label="Until", required=False, widget=forms.DateInput, help_text="Its last day. Empty: no end is set."
    )
    agreement = forms.URLField(
        label="Data processing agreement (DPA)",
        required=False,
        max_length=500,
        assume_scheme="https",
        help_text="The address at which it can be read.",
    )
    reason = forms.CharField(
        label="Reason for the change",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Stays in the history of the entry.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, entry: Subprocessor | None = None, **kwargs: Any) -> None:
        """Take the entry that is changed."""
        if entry is not None:
            said = said_by(entry)
            kwargs.setdefault("initial", said | {"seen": fingerprint(said)})
        super().__init__(*args, **kwargs)
        if entry is None:
            del self.fields["reason"], self.fields["seen"]

    def clean_agreement(self) -> str:
        """Take addresses of the encrypted web alone: a district's office follows them."""
        address: str = self.cleaned_data["agreement"]
        if address and not address.startswith("https://"):
            raise forms.ValidationError(ONLY_HTTPS)
        return address

    def clean(self) -> dict[str, Any]:
        """Compare the days."""
        chosen = self.cleaned_data
        since, until = chosen.get("since"), chosen.get("until")
        if since and until and until < since:
            self.add_error("until", BACKWARDS)
        return chosen

    def says(self) -> dict[str, Any]:
        """Return the fields of the entry."""
        chosen = self.cleaned_data
        said = {name: chosen[name] for name in ("name", "purpose", "location", "since", "until", "agreement")}
        return said | {"classes": [one.value for one in Privacy if one.value in chosen["classes"]]}
