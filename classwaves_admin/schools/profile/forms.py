"""The forms of a school: its profile, its making, and its signatures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from django import forms

from classwaves_admin.lib.choices import offer
from classwaves_admin.schools.edited import fingerprint
from classwaves_admin.schools.mail_domains import is_for_everybody
from classwaves_admin.schools.profile.actions import FIELDS, NEW, Signature
from classwaves_admin.schools.profile.queries import Filters
from classwaves_admin.schools.tiers import STATUSES, TIERS, with_stored
from classwaves_admin.warehouse.models import School

_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,61}[a-z0-9]")
_SUBSCRIPTION = FIELDS[4:]
_DAYS = ("subscription_start_date", "subscription_end_date", "trial_ends_at")
MOST_TEACHERS = 100_000
# A signature on paper reaches the portal within this many days.
OLDEST_SIGNATURE = 366


class SchoolFilters(forms.Form):
    """What the list of schools is narrowed to."""

    q = forms.CharField(label="Name or domain", required=False, max_length=100, widget=forms.SearchInput)
    alone = forms.BooleanField(label="In no district", required=False)

    def filters(self) -> Filters:
        """Return what a valid form narrows the list to."""
        return Filters(self.cleaned_data["q"].strip(), self.cleaned_data["alone"])


class SchoolForm(forms.Form):
    """What people may say of a school. Columns of the subscription are left out for those who may not set them."""

    name = forms.CharField(
        label="Name of the school", max_length=200, error_messages={"required": "Write the school’s name."}
    )
    domain = forms.CharField(
        label="Domain of its e-mail addresses",
        required=False,
        max_length=253,
        help_text="Such as school.example. Whoever has a Google account there may sign in; a role comes separately.",
    )
    admin_email = forms.EmailField(
        label="E-mail of the school’s office",
        max_length=254,
        help_text="Parents read it in every notice: whom to ask (16 CFR 312.4).",
        error_messages={"required": "Write the address that parents can turn to."},
    )
    google_workspace_id = forms.CharField(label="Google Workspace ID", required=False, max_length=100)
    subscription_tier = forms.ChoiceField(label="Subscription")
    subscription_status = forms.ChoiceField(label="State of the subscription")
    max_teachers = forms.IntegerField(label="Most teachers", min_value=0, max_value=MOST_TEACHERS)
    subscription_start_date = forms.DateField(label="Subscription starts", required=False)
    subscription_end_date = forms.DateField(label="Subscription ends", required=False)
    trial_ends_at = forms.DateField(label="Trial ends", required=False)
    stripe_customer_id = forms.CharField(label="Stripe customer", required=False, max_length=100)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, data: Any = None, *, zone: tzinfo, school: School | None = None, may_set_subscription: bool = False
    ) -> None:
        """Take what was sent, the school as it stands (None for a new one), and the time zone of its days."""
        self.school, self.zone = school, zone
        initial = dict(NEW) if school is None else {name: self._shown(school, name) for name in FIELDS}
        super().__init__(data, initial=initial | {"seen": fingerprint(school, FIELDS) if school else ""})
        if may_set_subscription:
            offer(self, "subscription_tier", with_stored(initial["subscription_tier"], TIERS))
            offer(self, "subscription_status", with_stored(initial["subscription_status"], STATUSES))
        else:
            for name in _SUBSCRIPTION:
                del self.fields[name]

    def clean_domain(self) -> str:
        """Refuse what is no domain, and domains in which anybody can have an address."""
        domain = str(self.cleaned_data["domain"]).strip().lower().removeprefix("@")
        if domain and not _DOMAIN.fullmatch(domain):
            raise forms.ValidationError("This is no domain. Write what stands behind the @ of the school’s addresses.")
        if is_for_everybody(domain):
            raise forms.ValidationError("Anybody can have an address there. Leave it empty and invite people instead.")
        return domain

    def clean(self) -> dict[str, Any]:
        """Compare the days."""
        starts, ends = (self.cleaned_data.get(name) for name in _DAYS[:2])
        if starts and ends and ends < starts:
            self.add_error("subscription_end_date", "The subscription would end before it starts.")
        return self.cleaned_data

    def values(self) -> dict[str, Any]:
        """Return what a valid form says, by column. A day that was not touched keeps its moment."""
        said: dict[str, Any] = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        for name in ("google_workspace_id", "stripe_customer_id"):
            if name in said:
                said[name] = said[name] or None
        return said | {name: self._moment(name, said[name]) for name in _DAYS if name in said}

    def _shown(self, school: School, name: str) -> Any:
        value = getattr(school, name)
        return value.astimezone(self.zone).date() if isinstance(value, datetime) else value

    def _moment(self, name: str, day: date | None) -> datetime | None:
        stored: datetime | None = getattr(self.school, name) if self.school else None
        if day is None or (stored and stored.astimezone(self.zone).date() == day):
            return stored if day else None
        return datetime.combine(day, time.min, self.zone)


class SignForm(forms.Form):
    """Who signs: a typed name, what the person is at the school, the day."""

    name = forms.CharField(
        label="Full name of who signs",
        max_length=200,
        help_text="Typed here, it is the signature for the school.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Type the full name."},
    )
    title = forms.CharField(
        label="Title",
        max_length=200,
        help_text="What gives the right to sign for the school, such as Principal.",
        widget=forms.TextInput(attrs={"autocomplete": "organization-title"}),
        error_messages={"required": "Write the title."},
    )
    signed_on = forms.DateField(label="Day", error_messages={"required": "Choose the day."})
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, today: date, seen: str, initial: Mapping[str, Any] | None = None) -> None:
        """Take the day at the school, and the statement that the page shows as the newest."""
        super().__init__(data, initial={"signed_on": today, "seen": seen} | dict(initial or {}))
        self.today = today
        self.fields["signed_on"].widget.attrs["max"] = today.isoformat()

    def clean_name(self) -> str:
        """Refuse a name without a letter: a signature names a person."""
        name = " ".join(str(self.cleaned_data["name"]).split())
        if not any(character.isalpha() for character in name):
            raise forms.ValidationError("Type the full name.")
        return name

    def signature(self) -> Signature:
        """Return the signature of a valid form."""
        said = self.cleaned_data
        return Signature(said["name"], said["title"], said["signed_on"])

    def clean_signed_on(self) -> date:
        """Refuse a day that has not come, or that is long past."""
        day: date = self.cleaned_data["signed_on"]
        if not self.today - timedelta(days=OLDEST_SIGNATURE) <= day <= self.today:
            raise forms.ValidationError("Choose a day of the past year, today at the latest.")
        return day


class AgreeForm(SignForm):
    """The signature under an agreement."""

    agreed = forms.BooleanField(
        label="I have read the text above and sign it for the school",
        error_messages={"required": "Confirm that you have read the text."},
    )


class TakeBackForm(SignForm):
    """The signature under a statement that takes an agreement back."""

    reason = forms.CharField(
        label="Why it is taken back",
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept with the statement. Name no student.",
        error_messages={"required": "Say why, for whoever reads it later."},
    )
