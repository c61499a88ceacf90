"""What a form's field offers where that is known only when the form is made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from django import forms
from django.utils.functional import Promise

# A value and its words, or the name of a group and its pairs.
Choice = tuple[int | str, str | Promise | list[tuple[str, str]]]


def offer(form: forms.Form, field: str, choices: Iterable[Choice]) -> None:
    """Set what a field of a form offers."""
    cast("forms.ChoiceField", form.fields[field]).choices = list(choices)
