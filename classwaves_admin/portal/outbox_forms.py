"""The form for giving up a stuck change."""

from __future__ import annotations

from typing import Any

from django import forms

from classwaves_admin.portal.actions import DiscardReason


class DiscardForm(forms.Form):
    """A reason, and the number of the change typed by hand: nothing brings the change back."""

    reason = forms.ChoiceField(
        label="Why is it given up?", choices=DiscardReason.choices, widget=forms.RadioSelect, required=True
    )
    typed = forms.CharField(max_length=20)

    def __init__(self, *args: Any, entry_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entry_id = entry_id
        self.fields["typed"].label = f"Type {entry_id} to confirm"

    def clean_typed(self) -> str:
        """Refuse any other number."""
        typed = str(self.cleaned_data["typed"]).strip().lstrip("#")
        if typed != str(self.entry_id):
            raise forms.ValidationError(f"Type the number of the change: {self.entry_id}.")
        return typed
