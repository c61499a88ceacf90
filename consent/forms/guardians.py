"""The office's forms about a student's guardians and court orders against them."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from classwaves_admin.lib.choices import offer
from classwaves_admin.schools.values import value
from consent.actions.guardians import Contact, stamp
from consent.actions.orders import About
from consent.models import Guardianship
from consent.rules.names import one_line
from consent.vocabulary import PARENTAL_RELATIONSHIPS, Relationship
from consent.words import language_words, relationship_words

UNKNOWN = "Not known: this person is not asked"
STOP, KEEP = "stop", "keep"


class GuardianForm(forms.Form):
    """A guardian's contact, and what they are to the child."""

    name = forms.CharField(label="Name", max_length=200)
    relationship = forms.ChoiceField(
        label="Relationship to the student",
        required=False,
        help_text="What the person is to this child. Without it nobody knows their authority, and no mail goes out.",
    )
    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        required=False,
        help_text="Leave it empty where there is none: print a paper form instead.",
    )
    language = forms.ChoiceField(label="Language of mails and forms")
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, school_id: str, tie: Guardianship | None = None, **kwargs: Any) -> None:
        """Take the school, which offers languages, and the tie that is changed."""
        if tie is not None:
            guardian = tie.guardian
            kwargs["initial"] = {
                "name": guardian.name,
                "email": guardian.email,
                "language": guardian.language,
                "relationship": tie.relationship,
                "seen": stamp(tie),
            }
        else:
            kwargs.setdefault("initial", {"language": value(school_id, "languages.default").value})
        super().__init__(*args, **kwargs)
        known = [member.value for member in Relationship if member in PARENTAL_RELATIONSHIPS]
        if tie is not None and tie.relationship and tie.relationship not in known:
            known.append(tie.relationship)  # the student, who is an adult
        relationships = [("", UNKNOWN), *((value, relationship_words(value)) for value in known)]
        offer(self, "relationship", relationships)
        languages = {code: language_words(code) for code in value(school_id, "languages.offered").value}
        if tie is not None and tie.guardian.language not in languages:
            languages[tie.guardian.language] = f"{language_words(tie.guardian.language)} (mails come in English)"
        offer(self, "language", languages.items())

    def clean_name(self) -> str:
        """Return the name in one line; a name has a letter."""
        name = one_line(self.cleaned_data["name"])
        if not any(character.isalpha() for character in name):
            raise forms.ValidationError("Type the person’s name.")
        return name

    def clean_email(self) -> str:
        """Return the address in lower case, as rosters bring it."""
        return str(self.cleaned_data["email"]).lower()

    def contact(self) -> Contact:
        """Return what a valid form states."""
        stated = self.cleaned_data
        return Contact(stated["name"], stated["email"], stated["language"], stated["relationship"])


class EndTieForm(forms.Form):
    """What becomes of the answers that the guardian gave for the child."""

    answers = forms.ChoiceField(
        label="Their answers for this student",
        widget=forms.RadioSelect,
        choices=[
            (KEEP, "Keep them in force: the person could answer when they did"),
            (STOP, "Stop them now: the person was never a guardian of this child"),
        ],
        error_messages={"required": "Choose what becomes of their answers."},
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, tie: Guardianship, answers: int, **kwargs: Any) -> None:
        """Take how many answers there are; without any nothing is asked."""
        super().__init__(*args, **kwargs)
        self.initial["seen"] = stamp(tie)
        if not answers:
            del self.fields["answers"]

    def stops(self) -> bool:
        """Tell whether the answers end too."""
        return self.cleaned_data.get("answers") == STOP


class OrderForm(forms.Form):
    """A court order: what it forbids, its date, where the paper is."""

    about = forms.ChoiceField(
        label="What the order forbids",
        widget=forms.RadioSelect,
        choices=[
            (About.CHILD.value, "Contact that concerns this child"),
            (About.ANY.value, "Any contact with this person, for all of their children"),
        ],
    )
    dated = forms.DateField(label="Date of the order", widget=forms.DateInput)
    reference = forms.CharField(
        label="Reference",
        max_length=200,
        help_text="The court’s number or where the paper is kept, such as “Docket 24-FD-118, cabinet 3”. No story.",
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        """Take the day at the school."""
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["dated"].widget.attrs["max"] = today.isoformat()

    def clean_dated(self) -> date:
        """Refuse a day that has not come."""
        dated: date = self.cleaned_data["dated"]
        if dated > self.today:
            raise forms.ValidationError("The date of the order has not come yet.")
        return dated


class LiftForm(forms.Form):
    """On what an order is lifted."""

    about = forms.ChoiceField(label="Which order", widget=forms.RadioSelect)
    reference = forms.CharField(
        label="Lifted on",
        max_length=200,
        help_text="The paper that ends the order, such as “Court’s letter of June 3, cabinet 3”.",
    )

    def __init__(self, *args: Any, tie: Guardianship, **kwargs: Any) -> None:
        """Offer the kinds of order that stand."""
        super().__init__(*args, **kwargs)
        stand = []
        if tie.restricted:
            stand.append((About.CHILD.value, "The order about this child"))
        if tie.guardian.restricted_at:
            stand.append((About.ANY.value, "The order against any contact"))
        offer(self, "about", stand)
        if len(stand) == 1:
            self.initial["about"] = stand[0][0]
