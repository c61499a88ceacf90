"""The forms in which requests about a student's data are noted and closed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, time, tzinfo
from typing import Any

from django import forms

from classwaves_admin.lib.choices import offer
from consent.models import Guardian, Guardianship
from retention.rules.requests import needs_words
from retention.vocabulary import AskedBy, RequestKind, RequestOutcome

NOT_YET = "That day has not come yet."
SAY_WHY = "Say what was not done and why: whoever asked is owed the reason."


class RequestForm(forms.Form):
    """Who asks for what, and since when."""

    kind = forms.ChoiceField(
        label="What is asked for",
        widget=forms.RadioSelect,
        choices=[(one.value, one.label) for one in RequestKind],
        error_messages={"required": "Choose what is asked for."},
    )
    who = forms.ChoiceField(label="Who asks", error_messages={"required": "Choose who asks."})
    received = forms.DateField(label="Day on which it came", help_text="The days to answer count from it.")
    words = forms.CharField(
        label="What it says",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For the office alone, such as which record is wrong and where the letter is kept.",
    )

    def __init__(
        self, *args: Any, guardians: Sequence[Guardianship], adult: bool, now: datetime, zone: tzinfo, **kwargs: Any
    ) -> None:
        """Take who may ask, and the school's day."""
        super().__init__(*args, **kwargs)
        self._guardians = {tie.guardian_id: tie.guardian for tie in guardians}
        self._now, self._zone = now, zone
        people = [(tie.guardian_id, f"{tie.guardian.name} ({_is_to_the_child(tie)})") for tie in guardians]
        own = [(AskedBy.STUDENT.value, str(AskedBy.STUDENT.label))] if adult else []
        offer(self, "who", [("", "Choose one"), *people, *own, (AskedBy.SCHOOL.value, str(AskedBy.SCHOOL.label))])
        self.initial["received"] = now.astimezone(zone).date()

    def clean_received(self) -> datetime:
        """Return the day as a moment of the school's clock; a day that has not come is refused."""
        day = self.cleaned_data["received"]
        if day > self._now.astimezone(self._zone).date():
            raise forms.ValidationError(NOT_YET)
        return datetime.combine(day, time(12), self._zone).astimezone(UTC)

    def asked_by(self) -> tuple[AskedBy, Guardian | None]:
        """Return who asks; the guardian where it is one."""
        who = self.cleaned_data["who"]
        guardian = self._guardians.get(who)
        return (AskedBy.GUARDIAN, guardian) if guardian else (AskedBy(who), None)


class CloseForm(forms.Form):
    """How a request ended."""

    outcome = forms.ChoiceField(
        label="What came of it",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what came of it."},
    )
    answer = forms.CharField(
        label="What was done, or why not",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed where something was not done. For the office alone; it never reaches the log.",
    )

    def __init__(self, *args: Any, outcomes: Collection[RequestOutcome], **kwargs: Any) -> None:
        """Take how it can end by hand."""
        super().__init__(*args, **kwargs)
        offer(self, "outcome", [(one.value, one.label) for one in outcomes])

    def clean(self) -> dict[str, Any]:
        """Ask for the reason where one is owed."""
        outcome = self.cleaned_data.get("outcome")
        if outcome and needs_words(RequestOutcome(outcome)) and not self.cleaned_data.get("answer", "").strip():
            self.add_error("answer", SAY_WHY)
        return self.cleaned_data


def _is_to_the_child(tie: Guardianship) -> str:
    return str(tie.get_relationship_display()).lower() if tie.relationship else "relationship not stated"
