"""Arabic, a language that is written from right to left, for tests: notices, mails and the words of the parents' pages.

It stands outside the product, where an installation could put a language of its own. After a change of the words:
`msgfmt -o django.mo django.po` in `locale/ar/LC_MESSAGES`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import override_settings

FOLDER = Path(__file__).parent


def with_arabic() -> Any:
    """Return the settings of a portal that speaks Arabic too, as a decorator or a context."""
    (engine,) = settings.TEMPLATES
    return override_settings(
        LANGUAGES=[*settings.LANGUAGES, ("ar", "العربية")],
        LOCALE_PATHS=[*settings.LOCALE_PATHS, FOLDER / "locale"],
        CONSENT_NOTICE_DIRS=[*settings.CONSENT_NOTICE_DIRS, FOLDER / "notices"],
        TEMPLATES=[engine | {"DIRS": [*engine["DIRS"], FOLDER / "templates"]}],
    )
