"""Whether a person may open a page, by the declaration of its route."""

from __future__ import annotations

from django.urls import NoReverseMatch, Resolver404, resolve, reverse

from classwaves_admin.accounts.access import Access
from classwaves_admin.accounts.routing import declaration_of

__all__ = ["address_for"]


def address_for(access: Access, page: str, query: str = "") -> str:
    """Return the address of a page without parts if the person may open it, else empty text.

    `query` is what to ask the page for, or "#" and the id of a part of it.
    """
    try:
        address = reverse(page)
        declared = declaration_of(resolve(address).func)
    except (NoReverseMatch, Resolver404):
        return ""
    if declared is None or declared.permission is None or not access.may(declared.permission):
        return ""
    return f"{address}{query}" if not query or query.startswith("#") else f"{address}?{query}"
