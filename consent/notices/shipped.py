"""The texts that come with the portal, one folder a language (settings.CONSENT_NOTICE_DIRS).

A folder holds `<type>.md` for each asked type, `slots.toml` with the parts that a school may word itself, and
`sentences.toml` with the sentences that the law asks for, which no school rewords.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from django.conf import settings

from consent.rules.notices import OWN_WORDS
from consent.vocabulary import ASKED_TYPES, ConsentType

FALLBACK = "en"

# Raised by one with each change of meaning in the shipped texts; a test fails for a change that nobody noted.
VERSIONS: Mapping[ConsentType, int] = dict.fromkeys(ASKED_TYPES, 1)


def languages() -> tuple[str, ...]:
    """Return the portal's languages in which every notice is written."""
    return tuple(code for code, _ in settings.LANGUAGES if _folder(code) is not None)


def known_language(language: str) -> str:
    """Return the language if its notices are written, or else English: never a notice in parts."""
    return language if language in languages() else FALLBACK


def source(language: str, consent_type: ConsentType) -> str:
    """Return the Markdown of a shipped notice with its slots."""
    return _read(_home(language) / f"{consent_type}.md")


def own_words(language: str, consent_type: ConsentType) -> dict[str, str]:
    """Return what the slots of a notice say that a school may word itself, until the school does."""
    words = _table(_home(language) / "slots.toml")
    return {name: words[name] for name in OWN_WORDS.get(consent_type, ())}


def sentences(language: str) -> dict[str, str]:
    """Return the sentences of the law by slot; they hold slots such as `$contact` themselves."""
    return _table(_home(language) / "sentences.toml")


def _home(language: str) -> Path:
    folder = _folder(language)
    if folder is None:
        raise LookupError(f"There are no notices in {language!r}.")
    return folder


def _folder(language: str) -> Path | None:
    return next((path for place in settings.CONSENT_NOTICE_DIRS if (path := Path(place) / language).is_dir()), None)


@cache
def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _table(path: Path) -> dict[str, str]:
    return {name: str(value).strip() for name, value in tomllib.loads(_read(path)).items()}
