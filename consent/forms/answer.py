"""The form in which a guardian answers: one yes or no per child and type, a name and a relationship."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from classwaves_admin.warehouse.models import Student
from consent.consequences import consequence
from consent.notices.texts import Notice
from consent.queries.answer_page import AnswerPage
from consent.questions import question_about
from consent.rules.dependencies import contradictions, settled
from consent.rules.names import first_name
from consent.vocabulary import PARENTAL_RELATIONSHIPS, ConsentType, Relationship

YES, NO = "yes", "no"

NEEDS_ANSWER = _("Choose yes or no.")
# Said beside a yes that rests on a no.
NEEDS: Mapping[ConsentType, str | Promise] = {
    ConsentType.AUDIO: _("Recording needs a yes to taking part. Change one of the two."),
    ConsentType.AI: _("AI analysis needs a yes to recording. Change one of the two."),
    ConsentType.THIRD_PARTY: _("Sharing needs a yes to taking part. Change one of the two."),
}


@dataclass(frozen=True, slots=True)
class Question:
    """One notice with its field for each child."""

    notice: Notice
    fields: tuple[forms.BoundField, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """One answer as it is shown once more before it is sent, with what it leads to."""

    question: str
    type: ConsentType
    yes: bool
    leads_to: str


class AnswerForm(forms.Form):
    """Questions for each child, none ticked, then the signature.

    A type that rests on a no may be left empty and counts as no; every other question needs an answer.
    """

    signer_name = forms.CharField(
        label=_("Your full name"),
        help_text=_("Type your name. This is your signature."),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Type your full name.")},
    )

    def __init__(self, page: AnswerPage, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.page = page
        self.fields["relationship"] = _relationship(page)
        for notice in page.notices:
            for child in page.children:
                self.fields[_name(notice.consent_type, child)] = question_field(
                    notice.consent_type, first_name(child.display_name), own=page.own
                )

    @property
    def digest(self) -> str:
        """Return a mark of what is shown, which the page sends back: the children and the notices."""
        parts = sorted(child.id for child in self.page.children) + [notice.version for notice in self.page.notices]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def questions(self) -> Iterator[Question]:
        """Yield each notice with its bound fields."""
        for notice in self.page.notices:
            yield Question(notice, tuple(self[_name(notice.consent_type, child)] for child in self.page.children))

    def signature(self) -> tuple[forms.BoundField, ...]:
        """Return the fields of the signature."""
        return self["signer_name"], self["relationship"]

    def in_reading_order(self) -> list[forms.BoundField]:
        """Return the visible fields in the order of the page, for the summary of errors."""
        return [field for question in self.questions() for field in question.fields] + list(self.signature())

    def answers(self) -> dict[str, dict[ConsentType, bool]]:
        """Return the answers of a valid form by child."""
        return {
            child.id: {
                notice.consent_type: self._said(notice.consent_type, child) is True for notice in self.page.notices
            }
            for child in self.page.children
        }

    def summary(self) -> list[tuple[str, list[Said]]]:
        """Return each child's first name with the answers of a valid form and what they lead to."""
        said = self.answers()
        return [
            (
                name := first_name(child.display_name),
                [
                    Said(
                        question=str(self.fields[_name(kind, child)].label),
                        type=kind,
                        yes=yes,
                        leads_to=consequence(kind, yes=yes, child=name, slots=self.page.slots, own=self.page.own),
                    )
                    for kind, yes in said[child.id].items()
                ],
            )
            for child in self.page.children
        ]

    def to_carry(self) -> list[tuple[str, str]]:
        """Return the names and values of a valid form, to be carried in hidden fields and checked again."""
        return [(field.name, str(self.cleaned_data[field.name])) for field in self.in_reading_order()]

    def clean_signer_name(self) -> str:
        """Refuse a name without a letter: a signature names a person."""
        name = " ".join(self.cleaned_data["signer_name"].split())
        if not any(character.isalpha() for character in name):
            raise forms.ValidationError(_("Type your full name."))
        return name

    def clean(self) -> dict[str, Any]:
        """Check each child's answers together, and that the notices are the ones that were read."""
        if self.data.get("shown", "") != self.digest:
            raise forms.ValidationError(
                _("The notice changed while you were reading. Please read it again, then send your answers."),
                code="changed",
            )
        for child in self.page.children:
            self._check_child(child)
        return self.cleaned_data

    def _check_child(self, child: Student) -> None:
        said = settled({notice.consent_type: self._said(notice.consent_type, child) for notice in self.page.notices})
        for consent_type, yes in said.items():
            if yes is not None:
                self.cleaned_data[_name(consent_type, child)] = YES if yes else NO
            elif _name(consent_type, child) not in self.errors:
                self.add_error(_name(consent_type, child), NEEDS_ANSWER)
        for consent_type, needed in contradictions({kind: bool(yes) for kind, yes in said.items()}).items():
            if said[needed] is False:
                self.add_error(_name(consent_type, child), str(NEEDS[consent_type]))

    def _said(self, consent_type: ConsentType, child: Student) -> bool | None:
        word = self.cleaned_data.get(_name(consent_type, child))
        return {YES: True, NO: False}.get(word or "")


def _relationship(page: AnswerPage) -> forms.ChoiceField:
    """Return the field for what the signer is: an adult student can only be the student."""
    if page.own:
        own = Relationship.SELF
        return forms.ChoiceField(label=_("You sign as"), choices=[(own.value, own.label)], initial=own.value)
    return forms.ChoiceField(
        label=_("Your relationship to the children") if len(page.children) > 1 else _("Your relationship to the child"),
        choices=[("", _("Choose one"))]
        + [(member.value, member.label) for member in Relationship if member in PARENTAL_RELATIONSHIPS],
        error_messages={"required": _("Choose your relationship to the child.")},
    )


def question_field(consent_type: ConsentType, child: str, *, own: bool = False) -> forms.ChoiceField:
    """Return the question of a notice about a child, by first name; `own` where an adult student answers."""
    return forms.ChoiceField(
        label=question_about(consent_type, child, own=own),
        choices=[(YES, _("Yes")), (NO, _("No"))],
        widget=forms.RadioSelect,
        required=False,
    )


def _name(consent_type: ConsentType, child: Student) -> str:
    """Return the name of a field: bound to the child, whatever order the children come in, and safe as an id."""
    return f"{consent_type.value}-{hashlib.sha256(child.id.encode()).hexdigest()[:12]}"
