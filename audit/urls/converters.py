"""Parts of addresses that other services choose."""

from __future__ import annotations

from django.urls import register_converter


class RowIdConverter:
    """Any text: other services choose the ids of their rows, slashes and line breaks included."""

    regex = r"[\s\S]+"

    def to_python(self, value: str) -> str:
        """Return the id as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return the id as it is; Django quotes it."""
        return value


register_converter(RowIdConverter, "row_id")
