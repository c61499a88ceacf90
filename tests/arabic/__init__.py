"""Arabic, a language that is written from right to left, for tests: notices, mails and the words of the parents' pages.

It stands outside the product, where an installation could put a language of its own. After a change of the words:
`msgfmt -o django.mo django.po` in `locale/ar/LC_MESSAGES`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def with_arabic(plain: Any) -> dict[str, Any]:
    """Return what the settings of a portal that speaks Arabic too have in place of these."""
    (engine,) = plain.TEMPLATES
    return {
        "LANGUAGES": [*plain.LANGUAGES, ("ar", "العربية")],
        "LOCALE_PATHS": [*plain.LOCALE_PATHS, FOLDER / "locale"],
        "CONSENT_NOTICE_DIRS": [*plain.CONSENT_NOTICE_DIRS, FOLDER / "notices"],
        "TEMPLATES": [engine | {"DIRS": [*engine["DIRS"], FOLDER / "templates"]}],
    }
