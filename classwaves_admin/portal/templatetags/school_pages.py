"""The pages of one school beside each other."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context
from django.urls import reverse

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.portal.templatetags.components import breadcrumbs

register = template.Library()

# The name of each page's address, its words, and who may open it.
PAGES: tuple[tuple[str, str, Permission], ...] = (
    ("school-profile", "Profile", Permission.SEE_SCHOOLS),
    ("school-settings", "Settings", Permission.SEE_SETTINGS),
    ("school-agreements", "Agreements", Permission.SEE_SCHOOLS),
    ("school-coverage", "Consent", Permission.SEE_STUDENTS),
    ("school-work", "Open work", Permission.SEE_STUDENTS),
)


@register.inclusion_tag("schools/_tabs.html", takes_context=True)
def school_tabs(context: Context, school_id: str, current: str) -> dict[str, Any]:
    """Show the pages of a school that this person may open; `current` is the name of this one's address."""
    access = context["request"].access
    return {
        "tabs": [
            (words, reverse(name, args=[school_id]), name == current)
            for name, words, permission in PAGES
            if access.may(permission)
        ]
    }


@register.inclusion_tag("_components/breadcrumbs.html", takes_context=True)
def school_way(context: Context, school_id: str, name: str, here: str) -> dict[str, Any]:
    """Show the way to a page of a school, or to its profile; an auditor sees its settings, and not the pages above."""
    above = ["Schools", reverse("school-list")]
    if here:
        above += [name, reverse("school-profile", args=[school_id])]
    may = context["request"].access.may(Permission.SEE_SCHOOLS)
    return breadcrumbs(context, *(above if may else ()), here or name)


@register.inclusion_tag("_components/breadcrumbs.html", takes_context=True)
def district_way(context: Context, district_id: str, name: str, here: str) -> dict[str, Any]:
    """Show the way to a page of a district; who sees what it has set may not see the district's own page."""
    above = [name, reverse("district-detail", args=[district_id])]
    may = context["request"].access.may(Permission.SEE_DISTRICTS)
    return breadcrumbs(context, *(above if may else ()), here)
