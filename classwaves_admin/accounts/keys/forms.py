"""The form that makes a key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings

from classwaves_admin.accounts.keys.rules import KeyScope
from classwaves_admin.lib.choices import offer

# What people choose from, in days; the longest that the installation allows is added.
LIVES = (30, 90, 180, 365)


class KeyForm(forms.Form):
    """A name, what the key may ask, how long it lives, and the school where there are several."""

    name = forms.CharField(
        label="Name",
        help_text="Which program on which machine uses it, such as “Classroom application, production”.",
        max_length=100,
        error_messages={"required": "Name the program that will use the key."},
    )
    school = forms.ChoiceField(label="School", error_messages={"required": "Choose the school."})
    scopes = forms.MultipleChoiceField(
        label="What it may ask",
        choices=KeyScope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one thing that the key may ask."},
    )
    days = forms.TypedChoiceField(
        label="Ends by itself after",
        coerce=int,
        help_text="Make the next key before this one ends; both work meanwhile.",
    )

    def __init__(self, *args: Any, schools: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Take the schools that the person may make a key for."""
        super().__init__(*args, **kwargs)
        longest = settings.API_KEY_DAYS
        lives = sorted({days for days in LIVES if days <= longest} | {longest})
        offer(self, "days", [(days, f"{days} days") for days in lives])
        self.fields["days"].initial = min(lives, key=lambda days: abs(days - 180))
        offer(self, "school", [("", "Choose one"), *schools] if len(schools) > 1 else schools)
        if len(schools) == 1:
            self.fields["school"].widget = forms.HiddenInput()
            self.fields["school"].initial = schools[0][0]

    def clean_name(self) -> str:
        """Return the name on one line."""
        return " ".join(str(self.cleaned_data["name"]).split())

    def chosen_scopes(self) -> list[KeyScope]:
        """Return the scopes of a valid form."""
        return [KeyScope(word) for word in self.cleaned_data["scopes"]]
