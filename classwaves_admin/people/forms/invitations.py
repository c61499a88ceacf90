"""Forms of invitations: whom to invite as what, and what the invited person fills in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.roles import Role
from classwaves_admin.lib.choices import offer

Choice = tuple[str, str]


class InvitationForm(forms.Form):
    """Address, role, and how far it reaches."""

    email = forms.EmailField(
        label="E-mail address",
        help_text="The person’s own address at work. The link goes there and nowhere else.",
        error_messages={"required": "Type the person’s address."},
    )
    name = forms.CharField(label="Name", max_length=200, required=False)
    role = forms.ChoiceField(label="Role", widget=forms.RadioSelect, error_messages={"required": "Choose a role."})
    district = forms.ChoiceField(label="District", required=False, help_text="For a role in the whole district.")
    schools = forms.MultipleChoiceField(
        label="Schools",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="For an auditor of single schools, and for the one school of a teacher or school administrator.",
    )
    ends_on = forms.DateField(
        label="Last day",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="An auditor’s access ends with it. Leave it empty for others.",
    )
    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=(
            "For a district’s first administrator, where the address is at no mail domain of its schools or its office."
            " The district reads it in its list of invitations."
        ),
    )

    def __init__(
        self,
        *args: Any,
        roles: Sequence[Role],
        districts: Sequence[Choice],
        schools: Sequence[Choice],
        today: date,
        of_classwaves: bool = False,
        **kwargs: Any,
    ) -> None:
        """Take what the person who invites may give, and whether it is somebody of ClassWaves."""
        super().__init__(*args, **kwargs)
        self.today = today
        offer(self, "role", [(role.value, role.label) for role in roles])
        offer(self, "district", [("", "None"), *districts])
        offer(self, "schools", schools)
        if len(roles) == 1:
            self.initial["role"] = roles[0].value
        if not districts:
            del self.fields["district"]
        if not schools:
            del self.fields["schools"]
        if not of_classwaves:
            del self.fields["reason"]
        if Role.AUDITOR not in roles:
            del self.fields["ends_on"]
        elif len(schools) == 1:
            self.initial["schools"] = [schools[0][0]]

    def clean_ends_on(self) -> date | None:
        """Refuse a day that is over."""
        day: date | None = self.cleaned_data["ends_on"]
        if day is not None and day < self.today:
            raise forms.ValidationError("Choose today or a later day.")
        return day

    def reach(self) -> tuple[str, list[str]]:
        """Return the district and the schools of a valid form; a school's role has no district."""
        chosen, role = self.cleaned_data, Role(self.cleaned_data["role"])
        schools = list(chosen.get("schools", []))
        district = chosen.get("district", "")
        if role is Role.DISTRICT_ADMIN:
            return district, []
        if role is Role.AUDITOR and district and not schools:
            return district, []
        return "", schools


class JoinForm(forms.Form):
    """What a person without an account fills in: a name, and a password unless they come by Google."""

    name = forms.CharField(label="Your name", max_length=200, error_messages={"required": "Type your name."})
    way = forms.ChoiceField(
        label="How do you want to sign in?",
        widget=forms.RadioSelect,
        choices=[("password", "With a password"), ("google", "With Google, at this address")],
        initial="password",
    )
    password = forms.CharField(
        label="Password",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters; a sentence is easy to keep in mind.",
        error_messages={"required": "Choose a password."},
    )

    def __init__(self, *args: Any, email: str, google: bool, **kwargs: Any) -> None:
        """Take the address, and whether Google is set up here."""
        super().__init__(*args, **kwargs)
        self.email = email
        if google:
            self.fields["password"].help_text += " Not needed with Google."
        else:
            del self.fields["way"]
            self.fields["password"].required = True

    def clean(self) -> dict[str, Any]:
        """Ask for a good password from who comes with one."""
        chosen = self.cleaned_data
        if chosen.get("way") == "google":
            chosen["password"] = None
            return chosen
        if not chosen.get("password"):
            if not self.has_error("password"):
                self.add_error("password", "Choose a password.")
            return chosen
        try:
            validate_password(chosen["password"], User(email=self.email, name=chosen.get("name", "")))
        except forms.ValidationError as error:
            self.add_error("password", error)
        return chosen
