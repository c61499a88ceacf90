"""The form in which a run is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from classwaves_admin.lib.choices import offer
from classwaves_admin.warehouse.inventory import Retention
from retention.words import kind_words


class RunForm(forms.Form):
    """Which policy is to be carried out, and at which school."""

    school = forms.ChoiceField(label="School")
    kind = forms.ChoiceField(
        label="Kind of data", help_text="Rows past the end of this policy are counted. A session takes its parts along."
    )

    def __init__(self, *args: Any, schools: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Take the schools of the person."""
        super().__init__(*args, **kwargs)
        offer(self, "school", schools)
        offer(self, "kind", [(kind.value, kind_words(kind.value)) for kind in Retention])
        if len(schools) == 1:
            self.fields["school"].widget = forms.HiddenInput()
            self.initial["school"] = schools[0][0]
