"""The form in which a guardian takes consents back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from consent.queries.own_answers import OwnAnswers, OwnChild
from consent.vocabulary import ConsentType

KEEP, DELETE = "keep", "delete"
NOTHING_CHOSEN = _("Choose what you want to take back.")


class WithdrawForm(forms.Form):
    """What a guardian takes back, child by child, and what happens to the data. Nothing is ticked beforehand."""

    data_choice = forms.ChoiceField(
        label=_("What should happen with what was recorded so far?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose to keep it or to delete it.")},
    )

    def __init__(self, own: OwnAnswers, delete_by: str, *args: Any, **kwargs: Any) -> None:
        """Take the answers that stand, and the last day for deleting, in words."""
        super().__init__(*args, **kwargs)
        self.own = own
        self.fields["data_choice"].choices = [  # type: ignore[attr-defined]
            (KEEP, _("Keep it. It is deleted later, when its time is over.")),
            (DELETE, _("Delete it. The school must be done by %(day)s.") % {"day": delete_by}),
        ]
        for child in self._children():
            self.fields[_name(child)] = forms.MultipleChoiceField(
                label=_("Take back for %(child)s") % {"child": child.name},
                choices=[
                    (answer.type.value, answer.label) for answer in child.answers if answer.type in child.standing
                ],
                widget=forms.CheckboxSelectMultiple,
                required=False,
            )

    def in_reading_order(self) -> list[forms.BoundField]:
        """Return the fields in the order of the page."""
        return [*self.of_children(), self["data_choice"]]

    def of_children(self) -> list[forms.BoundField]:
        """Return the fields of the children."""
        return [self[_name(child)] for child in self._children()]

    def clean(self) -> dict[str, Any]:
        """Ask for at least one consent."""
        if not self.errors.keys() & {_name(child) for child in self._children()} and not self.chosen():
            self.add_error(next((_name(child) for child in self._children()), None), NOTHING_CHOSEN)
        return self.cleaned_data

    def chosen(self) -> dict[str, list[ConsentType]]:
        """Return what is taken back, by student."""
        picked = {child.student.id: self.cleaned_data.get(_name(child), []) for child in self._children()}
        return {student_id: [ConsentType(one) for one in types] for student_id, types in picked.items() if types}

    @property
    def delete_data(self) -> bool:
        """Tell whether the guardian of a valid form wants the data deleted."""
        return bool(self.cleaned_data["data_choice"] == DELETE)

    def _children(self) -> Iterator[OwnChild]:
        return (child for child in self.own.children if child.standing)


def _name(child: OwnChild) -> str:
    return f"take-{child.key}"
