"""Contrast of two colours as WCAG 2 defines it: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio.

The one library for it (wcag-contrast-ratio) has had no release since 2015; the formula is four lines.
"""

from __future__ import annotations

__all__ = ["PORTAL_COLOUR", "READABLE", "ratio"]

# Success criterion 1.4.3 asks this of text (AA).
READABLE = 4.5
# Of lines and buttons in mails, where the school has chosen none.
PORTAL_COLOUR = "#0f6460"


def ratio(one: str, other: str) -> float:
    """Return the contrast ratio, from 1 to 21, of two colours as #rrggbb."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """Return the relative luminance: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    dark = 0.04045
    return part / 12.92 if part <= dark else float(((part + 0.055) / 1.055) ** 2.4)
