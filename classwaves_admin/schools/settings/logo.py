"""The page on which a school's logo is uploaded or taken away."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.digest import sha256_hex
from classwaves_admin.lib.logos import MOST_BYTES, Logo, clean_logo
from classwaves_admin.lib.scans import Fault, UnfitScan
from classwaves_admin.schools.look import look_of
from classwaves_admin.schools.models import SchoolLogo
from classwaves_admin.schools.reach import school_or_404
from classwaves_admin.schools.settings.actions import Meanwhile, NotEditable, change_settings
from classwaves_admin.schools.settings.queries import sheet_of
from classwaves_admin.schools.settings.views import editor_of, shortly

KEY, PAGE = "branding.logo", "school-settings"
_FAULTS = {
    Fault.EMPTY: "The file is empty.",
    Fault.KIND: "Choose a PNG or a JPEG.",
    Fault.TOO_MANY_PIXELS: "The picture is too large: make it smaller than 4,000 by 4,000 pixels.",
}
_DAMAGED = "The file is damaged. Save the picture again as a PNG and choose that."


class LogoForm(forms.Form):
    """The picture to be taken."""

    logo = forms.FileField(
        label="Logo",
        help_text="A PNG or JPEG of at most 2 megabytes. It is made small, and nothing but the picture is kept.",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}),
        error_messages={"required": "Choose a file."},
    )
    seen = forms.CharField(widget=forms.HiddenInput)

    def clean_logo(self) -> Logo:
        """Return the picture made again."""
        file = self.cleaned_data["logo"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError("The file is larger than 2 megabytes.")
        try:
            return clean_logo(file.read())
        except UnfitScan as error:
            raise forms.ValidationError(_FAULTS.get(error.fault, _DAMAGED)) from None


@require_http_methods(["GET", "HEAD", "POST"])
def school_logo(request: StaffRequest, school_id: str) -> HttpResponse:
    """Show the logo, take a new one, or take it away."""
    school, line = school_or_404(school_id), sheet_of(school_id).lines[KEY]
    takes_away = request.method == "POST" and "take-away" in request.POST
    form = LogoForm(
        request.POST if request.method == "POST" and not takes_away else None,
        request.FILES or None,
        initial={"seen": line.print},
    )
    if takes_away or (request.method == "POST" and form.is_valid()):
        logo: Logo | None = None if takes_away else form.cleaned_data["logo"]
        try:
            _keep(request, school_id, logo, str(request.POST.get("seen", "")))
        except (Meanwhile, NotEditable):
            messages.warning(request, "Somebody else has changed the logo meanwhile. Look at it, then decide.")
            return redirect("school-logo", school_id)
        said = "The logo is gone." if logo is None else "Guardians see the logo from now on."
        messages.success(request, f"{said}{shortly()}")
        return redirect(PAGE, school_id)
    context = {"school": school, "line": line, "form": form, "look": look_of(school_id)}
    return render(request, "schools/settings/logo.html", context, status=422 if form.errors else 200)


def _keep(request: StaffRequest, school_id: str, logo: Logo | None, seen: str) -> None:
    """Keep the picture in place of the one before, and the setting that names it."""
    said: dict[str, Any] | None = None
    with transaction.atomic():
        if logo is not None:
            digest = sha256_hex(logo.content)
            said = {"digest": digest, "width": logo.width, "height": logo.height}
            kept = {"content": logo.content, "made_at": now()}
            SchoolLogo.objects.update_or_create(school_id=school_id, digest=digest, defaults=kept)
        change_settings(
            school_id=school_id,
            wanted={KEY: said},
            seen={KEY: seen},
            reason="",
            editor=editor_of(request),
            by=request.actor,
            now=now(),
        )
        SchoolLogo.objects.filter(school_id=school_id).exclude(digest=said["digest"] if said else "").delete()
