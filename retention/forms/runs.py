"""The form in which a run is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from classwaves_admin.lib.choices import offer
from classwaves_admin.warehouse.inventory import Retention
from retention.models import RunKind
from retention.words import kind_words

# Beside the kinds of data: rows whose session, student or school is gone.
ORPHANS = RunKind.ORPHANS.value


class RunForm(forms.Form):
    """Which policy is to be carried out, and at which school."""

    school = forms.ChoiceField(label="School")
    kind = forms.ChoiceField(
        label="Kind of data", help_text="Rows past the end of this policy are counted. A session takes its parts along."
    )

    def __init__(self, *args: Any, schools: Sequence[tuple[str, str]], everything: bool = False, **kwargs: Any) -> None:
        """Take the schools of the person; who sees everything may look for rows of no school too."""
        super().__init__(*args, **kwargs)
        offer(self, "school", schools)
        kinds = [(kind.value, kind_words(kind.value)) for kind in Retention] if schools else []
        offer(self, "kind", [*kinds, (ORPHANS, f"{RunKind.ORPHANS.label}, of no school")] if everything else kinds)
        if not schools:  # rows of no school are all that this person decides about
            del self.fields["school"]
        if len(schools) == 1:
            self.fields["school"].widget = forms.HiddenInput()
            self.initial["school"] = schools[0][0]
