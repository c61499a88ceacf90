"""The form in which a district's default is changed."""

from __future__ import annotations

from typing import Any

from django import forms

from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.inventory.periods import DEFAULTS
from retention.forms.policies import PolicyForm
from retention.rules.in_force import InForce, Source, Standard
from retention.rules.policies import Around


class StandardForm(PolicyForm):
    """A policy for all schools of a district: as a school's own, and whether it is locked."""

    locked = forms.BooleanField(
        label="Decide this for every school",
        required=False,
        help_text=(
            "It counts whatever a school’s own policy says, and schools cannot change it."
            " Otherwise it counts where a school has no policy of its own."
        ),
    )
    field_order = (
        "archive",
        "retain",
        "delete",
        "ground",
        "ground_words",
        "locked",
        "auto_delete",
        "reason",
    )

    def __init__(self, *args: Any, kind: Retention, set_now: Standard | None, around: Around, **kwargs: Any) -> None:
        """Take what the district has set, where it has."""
        self.set_now = set_now
        if set_now:
            held = InForce(kind, set_now.periods, set_now.basis, set_now.auto_delete, Source.DISTRICT, (), None)
        else:
            default = DEFAULTS[kind]
            held = InForce(
                kind, default.periods, default.basis, auto_delete=False, source=Source.DEFAULT, findings=(), row=None
            )
        super().__init__(*args, held=held, around=around, **kwargs)
        self.initial["locked"] = bool(set_now and set_now.locked)
        self.fields[
            "auto_delete"
        ].help_text = "Only where it is decided for every school; a default alone deletes nothing by itself."
        self.fields["reason"].required = True
        self.fields["reason"].help_text = "Each school that it changes reads it. Name no student."

    def is_new(self) -> bool:
        """Tell whether the district would set something else than it has."""
        return self.standard() != self.set_now

    def standard(self) -> Standard:
        """Return what a valid form asks for."""
        terms = self.terms()
        return Standard(terms.periods, terms.basis, terms.auto_delete, locked=self.cleaned_data["locked"])
