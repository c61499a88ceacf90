"""What a form's field offers where that is known only when the form is made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from django import forms
from django.utils.functional import Promise

# A value and its words, or the name of a group and its pairs.
Choice = tuple[int | str, str | Promise | list[tuple[str, str]]]


def offer(form: forms.Form, field: str, choices: Iterable[Choice]) -> None:
    """Set what a field of a form offers."""
    cast("forms.ChoiceField", form.fields[field]).choices = list(choices)


def offer_schools(form: forms.Form, schools: Sequence[Choice], *, every: str = "All my schools") -> None:
    """Let a filter's field `school` offer all schools or one of them; one school needs no choice, and no field."""
    offer(form, "school", [("", every), *schools])
    if len(schools) <= 1:
        del form.fields["school"]
