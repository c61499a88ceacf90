"""The forms in which staff write down what a guardian signed or said."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms

from classwaves_admin.lib.choices import offer
from classwaves_admin.warehouse.models import Student
from consent.forms.answer import NEEDS
from consent.forms.checks import CheckForm
from consent.notices.texts import Notice
from consent.questions import question_about
from consent.rules.dependencies import contradictions, settled
from consent.rules.names import first_name, one_line
from consent.rules.signed import DayFault, fault_of_day
from consent.vocabulary import PARENTAL_RELATIONSHIPS, ConsentType, Relationship

YES, NO, BLANK = "yes", "no", "blank"
CHANGED = "The notice or the children have changed since this page was opened. Compare with the paper, then send again."


@dataclass(frozen=True, slots=True)
class ChildQuestions:
    """One child with a field for each notice."""

    child: Student
    fields: tuple[forms.BoundField, ...]


class SignedAnswersForm(CheckForm):
    """Yes, no or left blank for each child and type, none ticked; then who signed, and how it was checked."""

    signer_name = forms.CharField(label="Name of the person who answered", max_length=200)
    relationship = forms.ChoiceField(label="Relationship to the student, as stated")
    shown = forms.CharField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        children: Sequence[Student],
        notices: Sequence[Notice],
        notice_since: date,
        ends_on: Callable[[date], date],
        **kwargs: Any,
    ) -> None:
        """Take what the paper asks, the day since when its notices exist, and when a consent of a day ends."""
        super().__init__(*args, **kwargs)
        self.children, self.notices = children, notices
        self.notice_since, self.ends_on = notice_since, ends_on
        self.fields["checked_on"].label = "Day of the signature or the call"
        own = self.initial.get("relationship") == Relationship.SELF
        signers = [Relationship.SELF] if own else [one for one in Relationship if one in PARENTAL_RELATIONSHIPS]
        offer(self, "relationship", [("", "Choose one"), *((member.value, member.label) for member in signers)])
        self.initial["shown"] = self.digest
        for child in children:
            for notice in notices:
                self.fields[field_name(notice.consent_type, child)] = _question(notice.consent_type, child)

    @property
    def digest(self) -> str:
        """Return a mark of what is asked, which the page sends back."""
        parts = sorted(child.id for child in self.children) + sorted(notice.version for notice in self.notices)
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def questions(self) -> Iterator[ChildQuestions]:
        """Yield each child with the bound fields of the questions."""
        for child in self.children:
            yield ChildQuestions(child, tuple(self[field_name(one.consent_type, child)] for one in self.notices))

    def others(self) -> list[forms.BoundField]:
        """Return the fields after the questions, in reading order."""
        return [self[name] for name in ("signer_name", "relationship", "method", "checked_on", "reference", "scan")]

    def in_reading_order(self) -> list[forms.BoundField]:
        """Return the visible fields in the order of the page, for the summary of errors."""
        return [field for one in self.questions() for field in one.fields] + self.others()

    def answers(self) -> dict[str, dict[ConsentType, bool]]:
        """Return the answers of a valid form by child; who was left blank altogether is not in it."""
        said = {child.id: self._said(child) for child in self.children}
        return {
            child_id: {kind: yes for kind, yes in answers.items() if yes is not None}
            for child_id, answers in said.items()
            if any(yes is not None for yes in answers.values())
        }

    def clean_signer_name(self) -> str:
        """Return the name in one line; a name has a letter."""
        name = one_line(self.cleaned_data["signer_name"])
        if not any(character.isalpha() for character in name):
            raise forms.ValidationError("Type the name as it was signed or said.")
        return name

    def clean_checked_on(self) -> date:
        """Refuse a day on which nobody can have signed this notice."""
        day: date = self.cleaned_data["checked_on"]
        fault = fault_of_day(day, today=self.today, notice_since=self.notice_since, ends_on=self.ends_on(day))
        if fault is not None:
            raise forms.ValidationError(self._told(fault))
        return day

    def clean(self) -> dict[str, Any]:
        """Check that something was answered, that no yes rests on a no, and that the questions are the shown ones."""
        if self.cleaned_data.get("shown") != self.digest:
            raise forms.ValidationError(CHANGED)
        for child in self.children:
            self._check_child(child)
        if not self.errors and not self.answers():
            raise forms.ValidationError("Mark at least one answer as yes or no.")
        return self.cleaned_data

    def _check_child(self, child: Student) -> None:
        said = self._said(child)
        for kind, needed in contradictions({kind: bool(yes) for kind, yes in said.items()}).items():
            if said[needed] is False:
                self.add_error(field_name(kind, child), str(NEEDS[kind]))

    def _said(self, child: Student) -> dict[ConsentType, bool | None]:
        """Return one child's answers; what rests on a no is a no."""
        words: Mapping[str, bool] = {YES: True, NO: False}
        kinds = [notice.consent_type for notice in self.notices]
        return settled({kind: words.get(self.cleaned_data.get(field_name(kind, child), "")) for kind in kinds})

    def _told(self, fault: DayFault) -> str:
        since = f"{self.notice_since:%B} {self.notice_since.day}, {self.notice_since.year}"
        return {
            DayFault.NOT_YET: "This day has not come yet.",
            DayFault.BEFORE_THE_NOTICE: f"The notice exists since {since}: nobody can have answered it before.",
            DayFault.TOO_OLD: "A consent of that day has run out by now. Ask again.",
        }[fault]


class VerifyForm(CheckForm):
    """Which answers that wait are verified by a check."""

    consents = forms.MultipleChoiceField(
        label="Which answers did the person confirm?",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one answer."},
    )
    field_order = ("consents", "method", "checked_on", "reference", "scan")

    def __init__(self, *args: Any, waiting: Sequence[tuple[str, str]], answered_on: Mapping[str, date], **kwargs: Any):
        """Take the answers that wait as pairs of id and words, and the day of each."""
        super().__init__(*args, **kwargs)
        self.answered_on = answered_on
        offer(self, "consents", waiting)
        self.fields["checked_on"].label = "Day of the check"
        if len(waiting) == 1:
            self.initial["consents"] = [waiting[0][0]]

    def clean(self) -> dict[str, Any]:
        """Refuse a check before the answer, and one that has not been made."""
        day = self.cleaned_data.get("checked_on")
        chosen = self.cleaned_data.get("consents", [])
        if day and day > self.today:
            self.add_error("checked_on", "This day has not come yet.")
        elif day and any(day < self.answered_on[one] for one in chosen):
            self.add_error("checked_on", "The check cannot be older than the answer.")
        return self.cleaned_data


def field_name(consent_type: ConsentType, child: Student) -> str:
    """Return the name of a question's field, which tells no student id."""
    return f"{consent_type.value}-{hashlib.sha256(child.id.encode()).hexdigest()[:12]}"


def _question(consent_type: ConsentType, child: Student) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=question_about(consent_type, first_name(child.display_name)),
        choices=[(YES, "Yes"), (NO, "No"), (BLANK, "Left blank")],
        widget=forms.RadioSelect,
        required=False,
    )
