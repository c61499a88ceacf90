"""Addresses of pages that an installation may leave out."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse


def way_to(url_name: str, *parts: str) -> str:
    """Return the address of a page, empty where there is no such page."""
    try:
        return reverse(url_name, args=parts)
    except NoReverseMatch:
        return ""
