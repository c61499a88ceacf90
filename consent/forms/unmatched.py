"""How the office settles an answer whose signer nobody knows."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Any

from django import forms

from classwaves_admin.lib.choices import offer
from consent.forms.guardians import GuardianForm
from consent.models import Guardianship
from consent.rules.settling import UNMATCHED_REASONS
from consent.words import relationship_words


class Choice(StrEnum):
    """What becomes of the answers."""

    MATCH = "match"
    ADD = "add"
    ASIDE = "aside"


class MatchForm(forms.Form):
    """Which guardian of the student signed."""

    tie = forms.ChoiceField(label="Who signed?", widget=forms.RadioSelect)

    def __init__(self, *args: Any, ties: Collection[Guardianship], **kwargs: Any) -> None:
        """Take the guardians of the student."""
        super().__init__(*args, **kwargs)
        offer(self, "tie", [(tie.id, f"{tie.guardian.name}, {_kin(tie)}") for tie in ties])


class NewSignerForm(GuardianForm):
    """The person who signed, as a new guardian of the student: what the rows state, as the office has checked it."""

    def clean_relationship(self) -> str:
        """Insist on it: an answer of somebody without authority is none."""
        stated = str(self.cleaned_data["relationship"])
        if not stated:
            raise forms.ValidationError("Say what the person is to the student, or set the answers aside.")
        return stated


class AsideForm(forms.Form):
    """Why the answers end, and where that is written down."""

    reason = forms.ChoiceField(
        label="On what ground?", widget=forms.RadioSelect, choices=[(one.value, one.label) for one in UNMATCHED_REASONS]
    )
    reference = forms.CharField(
        label="Where is it written down?",
        help_text="For example the date of the call. No names.",
        max_length=200,
    )


def _kin(tie: Guardianship) -> str:
    return relationship_words(tie.relationship).lower() if tie.relationship else "relationship not stated"
