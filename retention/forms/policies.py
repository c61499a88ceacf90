"""The form in which a policy is changed."""

from __future__ import annotations

from typing import Any

from django import forms

from classwaves_admin.lib.choices import offer
from classwaves_admin.warehouse.inventory.periods import LONGEST_DAYS, Periods
from retention.rules.changes import Terms, needs_reason
from retention.rules.in_force import InForce
from retention.rules.policies import Around, problems
from retention.words import GROUNDS

OTHER = "other"
NO_REASON = "Say why: data would be destroyed sooner, or by themselves from now on."
NO_WORDS = "Write the legal basis, or choose one from the list."
NOTHING_NEW = "Nothing is different from the policy in force."


class PolicyForm(forms.Form):
    """Periods, ground, whether rows go by themselves, and the reason for the change."""

    archive = forms.IntegerField(
        label="Archive after (days)",
        required=False,
        help_text="Rows leave the catalog for a compressed file that can be restored. Empty: never.",
    )
    retain = forms.IntegerField(label="Keep for (days)", help_text="How long the data are in use.")
    delete = forms.IntegerField(
        label="Delete after (days)", help_text="On this day the data are destroyed at the latest."
    )
    ground = forms.ChoiceField(label="Legal basis")
    ground_words = forms.CharField(
        label="Legal basis in your own words",
        required=False,
        max_length=200,
        help_text="Only for “Other”. Parents can read it.",
    )
    auto_delete = forms.BooleanField(
        label="Delete by itself, every night",
        required=False,
        help_text="Otherwise a person starts each run. Legal holds always come first.",
    )
    reason = forms.CharField(
        label="Reason for the change",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed where data go sooner than now. Name no student.",
    )

    def __init__(self, *args: Any, held: InForce, around: Around, **kwargs: Any) -> None:
        """Take what is in force and what stands beside it."""
        self.held, self.around = held, around
        known = held.basis in GROUNDS
        kwargs.setdefault(
            "initial",
            {
                "archive": held.periods.archive,
                "retain": held.periods.retain,
                "delete": held.periods.delete,
                "ground": held.basis if known else OTHER,
                "ground_words": "" if known else held.basis,
                "auto_delete": held.auto_delete,
            },
        )
        super().__init__(*args, **kwargs)
        offer(self, "ground", [*((ground, ground) for ground in GROUNDS), (OTHER, "Other, in your own words")])
        for name in ("archive", "retain", "delete"):
            self.fields[name].widget.attrs |= {"min": 1, "max": LONGEST_DAYS, "inputmode": "numeric"}

    def clean(self) -> dict[str, Any]:
        """Ask the rules what cannot stand, and for a reason where one is needed."""
        if self.cleaned_data.get("ground") == OTHER and not self.cleaned_data.get("ground_words", "").strip():
            self.add_error("ground_words", NO_WORDS)
        if self.errors:
            return self.cleaned_data
        terms = self.terms()
        for problem in problems(self.held.kind, terms.periods, self.around):
            self.add_error(problem.field, problem.words)
        if self.errors:
            return self.cleaned_data
        if not self.is_new():
            raise forms.ValidationError(NOTHING_NEW)
        if needs_reason(Terms.of(self.held), terms) and not self.cleaned_data["reason"].strip():
            self.add_error("reason", NO_REASON)
        return self.cleaned_data

    def is_new(self) -> bool:
        """Tell whether what is asked for is another policy than the one in force."""
        return self.terms() != Terms.of(self.held) or bool(self.held.findings)

    def terms(self) -> Terms:
        """Return what a valid form asks for."""
        chosen = self.cleaned_data
        ground = chosen["ground_words"].strip() if chosen["ground"] == OTHER else chosen["ground"]
        return Terms(Periods(chosen["archive"], chosen["retain"], chosen["delete"]), ground, chosen["auto_delete"])


class ConfirmForm(forms.Form):
    """What a second administrator types: the number of rows that would be past their end at once."""

    rows = forms.CharField(
        label="Type the number of rows", max_length=20, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )

    def __init__(self, *args: Any, rows: int, **kwargs: Any) -> None:
        """Take the number that has to be typed."""
        super().__init__(*args, **kwargs)
        self.wanted = rows

    def clean_rows(self) -> str:
        """Compare the number, whatever way its thousands are written."""
        typed: str = self.cleaned_data["rows"]
        if "".join(sign for sign in typed if sign not in " ,.’'\u00a0\u202f") != str(self.wanted):
            raise forms.ValidationError(f"The number of rows is {self.wanted:,}. You typed something else.")
        return typed
