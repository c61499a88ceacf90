"""The state of the catalog's server: whether it answers, how fast, and what is wrong with it."""

from __future__ import annotations

from django.db import connections
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.warehouse.status import measure


@never_cache
def warehouse(request: StaffRequest) -> HttpResponse:
    """Measure once and show it: at most three statements to the warehouse."""
    return render(request, "portal/warehouse.html", {"status": measure(connections["warehouse"])})
