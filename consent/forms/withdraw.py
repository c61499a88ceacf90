"""The forms in which consents are taken back: by a guardian, and by the office for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from classwaves_admin.lib.choices import offer
from consent.queries.own_answers import OwnAnswers, OwnChild
from consent.vocabulary import ConsentType, WithdrawalWay

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
        keep = _("Keep it. It is deleted later, when its time is over.")
        delete = _("Delete it. The school must be done by %(day)s.") % {"day": delete_by}
        offer(self, "data_choice", [(KEEP, keep), (DELETE, delete)])
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


class WithdrawForGuardianForm(forms.Form):
    """What a guardian asked the office to take back for one child, how, and where the proof lies."""

    types_back = forms.MultipleChoiceField(
        label="What the guardian takes back",
        widget=forms.CheckboxSelectMultiple,
        help_text="What rests on it ends too: recording rests on taking part, AI analysis on recording.",
        error_messages={"required": "Choose what the guardian takes back."},
    )
    reached_by = forms.ChoiceField(
        label="How the guardian told you",
        choices=[("", "Choose one")]
        + [(way.value, way.label) for way in WithdrawalWay if way is not WithdrawalWay.LINK],
        error_messages={"required": "Choose how the guardian told you."},
    )
    reference = forms.CharField(
        label="Where the proof lies",
        max_length=200,
        help_text="Such as “Consent folder 2025, letter 14” or “Call log, March 4”. No names and no family matters.",
        error_messages={"required": "Say where the letter or the note of the call is kept."},
    )
    data_choice = forms.ChoiceField(
        label="What the guardian wants for what was recorded so far",
        widget=forms.RadioSelect,
        choices=[(KEEP, "Keep it until its period ends"), (DELETE, "Delete it")],
        error_messages={"required": "Ask the guardian: keep it or delete it?"},
    )

    def __init__(self, standing: Sequence[ConsentType], *args: Any, **kwargs: Any) -> None:
        """Take the types with a yes of this guardian that stands."""
        super().__init__(*args, **kwargs)
        offer(self, "types_back", [(kind.value, kind.label) for kind in standing])

    def types(self) -> list[ConsentType]:
        """Return the types of a valid form."""
        return [ConsentType(one) for one in self.cleaned_data["types_back"]]

    def way(self) -> WithdrawalWay:
        """Return how the guardian told the school."""
        return WithdrawalWay(self.cleaned_data["reached_by"])

    @property
    def delete_data(self) -> bool:
        """Tell whether the guardian wants the data deleted."""
        return bool(self.cleaned_data["data_choice"] == DELETE)


def _name(child: OwnChild) -> str:
    return f"take-{child.key}"
