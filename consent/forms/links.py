"""The forms for people whose link does not work."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from classwaves_admin.lib.tokens import CODE_DIGITS, digits_of

_ADDRESS = {"autocomplete": "email", "inputmode": "email", "spellcheck": "false"}
NO_SUCH_CODE = _(
    "This code and address do not fit together, or the code has run out. Check both, or ask for a fresh link."
)


class AddressForm(forms.Form):
    """The address on file with the school."""

    address = forms.EmailField(
        label=_("Your email address"),
        max_length=254,
        widget=forms.EmailInput(attrs=_ADDRESS),
        error_messages={
            "required": _("Type your email address."),
            "invalid": _("Type an email address such as name@example.com."),
        },
    )


class CodeForm(AddressForm):
    """The address with the six digits that were mailed to it."""

    code = forms.CharField(
        label=_("The 6-digit code from our mail"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "cw-code"}),
        error_messages={"required": _("Type the code from our mail.")},
    )

    def clean_code(self) -> str:
        """Return the digits alone."""
        digits = digits_of(self.cleaned_data["code"])
        if len(digits) != CODE_DIGITS:
            raise forms.ValidationError(_("The code has 6 digits."))
        return digits

    def refuse(self) -> None:
        """Say that code and address do not fit, in the same words for every reason."""
        self.add_error(None, NO_SUCH_CODE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["code", "address"])
