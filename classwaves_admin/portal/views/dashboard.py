"""The first page after signing in: where the school stands, in numbers."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from classwaves_admin.accounts.requests import StaffRequest


def dashboard(request: StaffRequest) -> HttpResponse:
    """Show the numbers of the person's schools."""
    return render(request, "portal/dashboard.html", {})
