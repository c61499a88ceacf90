"""A strict reader of the environment: typed, with a sentence for each mistake.

Every value can come from a variable `NAME` or, for secrets, from a file named by `NAME_FILE`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})


class Environment:
    """Reads typed values and says how to mend what is missing or wrong.

    Secrets are never repeated in an error message.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    @classmethod
    def load(cls, dotenv: Path) -> Environment:
        """Return the process environment, completed by the file `dotenv` where it exists."""
        if dotenv.is_file():
            environ.Env.read_env(str(dotenv), overwrite=False)
        return cls(os.environ)

    def text(self, name: str, default: str | None = None) -> str:
        """Return the text of `name`. Raises ImproperlyConfigured where it is missing without default."""
        value = self._values.get(name, "").strip() or self._from_file(name)
        if value:
            return value
        if default is None:
            raise ImproperlyConfigured(f"Set {name} (or {name}_FILE): see the configuration table in README.md.")
        return default

    def flag(self, name: str, default: bool) -> bool:
        """Return a yes or no. Raises ImproperlyConfigured for any other word."""
        word = self.text(name, str(default)).lower()
        if word in TRUE:
            return True
        if word in FALSE:
            return False
        raise ImproperlyConfigured(f"{name} must be true or false, not {word!r}.")

    def number(self, name: str, default: int, *, least: int = 0) -> int:
        """Return a whole number of at least `least`. Raises ImproperlyConfigured otherwise."""
        word = self.text(name, str(default))
        try:
            value = int(word)
        except ValueError:
            raise ImproperlyConfigured(f"{name} must be a whole number, not {word!r}.") from None
        if value < least:
            raise ImproperlyConfigured(f"{name} must be at least {least}, not {value}.")
        return value

    def words(self, name: str, default: str = "") -> list[str]:
        """Return a list from text with commas, without blanks."""
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """Return one of `allowed`. Raises ImproperlyConfigured for any other word."""
        word = self.text(name, default)
        if word not in allowed:
            raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {word!r}.")
        return word

    def database(self, name: str, default: str) -> dict[str, Any]:
        """Return Django's settings for a `sqlite:///path` or `postgres://…` URL.

        Raises ImproperlyConfigured for another engine or a URL that cannot be read.
        """
        url = self.text(name, default)
        scheme = url.partition(":")[0]
        if scheme not in {"sqlite", "postgres", "postgresql"}:
            raise ImproperlyConfigured(f"{name} must start with sqlite:// or postgres://, not {scheme!r}.")
        try:
            return dict(environ.Env.db_url_config(url))
        except Exception:
            raise ImproperlyConfigured(f"{name} cannot be read as a database URL.") from None

    def email(self, name: str, default: str) -> dict[str, Any]:
        """Return Django's mail settings for an `smtp://`, `smtps://`, `submission://` or `filemail://` URL."""
        url = self.text(name, default)
        try:
            return dict(environ.Env.email_url_config(url))
        except Exception:
            raise ImproperlyConfigured(f"{name} cannot be read as a mail URL, such as smtp+tls://user:secret@host:587.") from None

    def _from_file(self, name: str) -> str:
        path = self._values.get(f"{name}_FILE", "").strip()
        if not path:
            return ""
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE names a file that cannot be read: {error.strerror}.") from None
