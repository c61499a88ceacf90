"""The forms in which the office settles what needs a person."""

from __future__ import annotations

from typing import Any

from django import forms

from classwaves_admin.lib.choices import offer
from consent.rules.settling import CONFLICT_REASONS
from consent.vocabulary import ConsentType

REFUSAL, CONSENT = "refusal", "consent"


class DisagreementForm(forms.Form):
    """Which side stands, on what ground, and where the school keeps the paper that says so."""

    types = forms.MultipleChoiceField(
        label="About which consent?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one."},
    )
    stands = forms.ChoiceField(
        label="Which answer stands?",
        widget=forms.RadioSelect,
        choices=[
            (REFUSAL, "The refusal stands: it stays not permitted, and the consents end"),
            (CONSENT, "The consent stands: the refusals end"),
        ],
    )
    reason = forms.ChoiceField(
        label="On what ground?", widget=forms.RadioSelect, choices=[(one.value, one.label) for one in CONFLICT_REASONS]
    )
    reference = forms.CharField(
        label="Where is it written down?",
        help_text="For example the file number of the order, or the date of the call. No names.",
        max_length=200,
    )

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, disputed: list[ConsentType], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "types", [(kind.value, kind.label) for kind in disputed])
        self.fields["types"].initial = [kind.value for kind in disputed]


class HandledForm(forms.Form):
    """Where the school keeps what it did about a recording without consent."""

    reference = forms.CharField(
        label="Where is it written down?",
        help_text="For example the number of the incident. No names.",
        max_length=200,
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
