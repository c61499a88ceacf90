"""What every form about a check by staff has in common: the method, where the proof is, the day, a scan."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from classwaves_admin.lib.scans import EXTENSIONS, Fault, Scan, UnfitScan, clean_scan
from consent.actions.evidence import Checked
from consent.rules.methods import STAFF_METHODS
from consent.vocabulary import VerificationMethod

_MEGABYTE = 1024 * 1024
NO_IDENTITY = (
    "A scan of the signed form only, as PDF, PNG or JPEG. Never a copy of an identity card, a passport or a face: "
    "look at the document, write down that you did, and give it back."
)
FAULTS = {
    Fault.EMPTY: "The file is empty. Choose the scan again.",
    Fault.KIND: "This is no PDF, PNG or JPEG, whatever its name says. Scan the form again as PDF.",
    Fault.DAMAGED: "The file is damaged and cannot be read. Scan the form again.",
    Fault.LOCKED: "The PDF has a password. Save it without one, or scan the form again.",
    Fault.TOO_MANY_PIXELS: "The picture is far larger than a scan needs. Scan with 300 dots per inch.",
    Fault.TOO_MANY_PAGES: "The PDF has too many pages. Add the pages of this form alone.",
}


class CheckForm(forms.Form):
    """How staff checked who answered."""

    method = forms.ChoiceField(
        label="How did you check?",
        widget=forms.RadioSelect,
        choices=[(member.value, member.label) for member in STAFF_METHODS],
    )
    checked_on = forms.DateField(label="Day", widget=forms.DateInput)
    reference = forms.CharField(
        label="Where is the proof?",
        max_length=200,
        help_text="Where the paper is kept, or who called and where the call is noted. No numbers of documents.",
    )
    scan = forms.FileField(label="Scan (may stay empty)", required=False, help_text=NO_IDENTITY)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        """Take the day at the school."""
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["checked_on"].widget.attrs["max"] = today.isoformat()
        self.fields["scan"].widget.attrs["accept"] = ",".join(EXTENSIONS)

    def clean_scan(self) -> Scan | None:
        """Return the scan made again from its visible part, None without one."""
        file: UploadedFile[Any] | None = self.cleaned_data.get("scan")
        if not file:
            return None
        if (file.size or 0) > settings.CONSENT_SCAN_MEGABYTES * _MEGABYTE:
            raise forms.ValidationError(f"The file is larger than {settings.CONSENT_SCAN_MEGABYTES} megabytes.")
        try:
            return clean_scan(file.read())
        except UnfitScan as unfit:
            raise forms.ValidationError(FAULTS[unfit.fault]) from None

    def checked(self) -> Checked:
        """Return what a valid form says of the check."""
        said = self.cleaned_data
        return Checked(VerificationMethod(said["method"]), said["reference"], said["checked_on"], said["scan"])
