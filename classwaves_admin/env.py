"""A strict reader of the environment: typed, with a sentence for each mistake.

Every value can come from a variable `NAME` or, for secrets, from a file named by `NAME_FILE`.
The sentences never repeat a secret or a URL, which may hold a password.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from classwaves_admin.databricks import address

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})
TABLE = "docs/configuration.md"
MAIL_EXAMPLE = "smtp+tls://user:secret@mail.example.org:587"
# A class by its dotted path, such as storages.backends.s3.S3Storage.
_CLASS = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_SMTP = "classwaves_admin.notifications.smtp"
_DJANGO = "django.core.mail.backends"
# Scheme of EMAIL_URL: module of the backend, usual port, STARTTLS, TLS from the first byte.
MAIL_SCHEMES = {
    "smtp": (_SMTP, 25, False, False),
    "smtp+tls": (_SMTP, 587, True, False),
    "smtp+ssl": (_SMTP, 465, False, True),
    "filemail": (f"{_DJANGO}.filebased", 0, False, False),
    "memorymail": (f"{_DJANGO}.locmem", 0, False, False),
    "consolemail": (f"{_DJANGO}.console", 0, False, False),
}


@dataclass(frozen=True, slots=True, repr=False)
class Mail:
    """How mail leaves: Django's backend and the server it speaks to."""

    backend: str
    host: str
    port: int
    user: str
    password: str
    starttls: bool
    tls: bool


class Environment:
    """Reads typed values and says how to mend what is missing or wrong."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    @classmethod
    def load(cls, dotenv: Path) -> Environment:
        """Return the process environment, completed by the file `dotenv` where it exists.

        ENV_FILE names another file. What the process already has wins over the file.
        """
        path = Path(os.environ.get("ENV_FILE") or dotenv)
        if path.is_file():
            environ.Env.read_env(str(path), overwrite=False)
        return cls(os.environ)

    def text(self, name: str, default: str | None = None) -> str:
        """Return the text of `name`. Raises ImproperlyConfigured where it is missing without default."""
        value = self._values.get(name, "").strip() or self._from_file(name)
        if value:
            return value
        if default is None:
            raise ImproperlyConfigured(f"Set {name} (or {name}_FILE): see {TABLE}.")
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

    def numbers(self, name: str, default: str) -> tuple[int, ...]:
        """Return whole numbers from text with commas, smallest first; `none` for none of them.

        Raises ImproperlyConfigured for anything that is not a number of at least 1.
        """
        words = self.words(name, default)
        if words == ["none"]:
            return ()
        if not all(word.isdecimal() and int(word) >= 1 for word in words):
            raise ImproperlyConfigured(f"{name} must be whole numbers of at least 1, such as {default}, or none.")
        return tuple(sorted({int(word) for word in words}))

    def month_day(self, name: str) -> tuple[int, int] | None:
        """Return the month and day of `MM-DD`, None where nothing is set. Raises ImproperlyConfigured otherwise."""
        word = self.text(name, "")
        if not word:
            return None
        try:
            day = date.fromisoformat(f"2024-{word}")  # a leap year: 29 February is a day too
        except ValueError:
            raise ImproperlyConfigured(f"{name} must be a month and a day such as 06-12, not {word!r}.") from None
        return day.month, day.day

    def words(self, name: str, default: str = "") -> list[str]:
        """Return a list from text with commas, without blanks."""
        return [word.strip() for word in self.text(name, default).split(",") if word.strip()]

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """Return one of `allowed`. Raises ImproperlyConfigured for any other word."""
        word = self.text(name, default)
        if word not in allowed:
            raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not {word!r}.")
        return word

    def folder(self, name: str, default: Path, *, inside: Iterable[str] = ()) -> Path:
        """Return a folder that only this user may open, made where missing, with the folders `inside` it.

        Raises ImproperlyConfigured where it cannot be made.
        """
        path = Path(self.text(name, str(default))).resolve()
        try:
            for folder in (path, *(path / part for part in inside)):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ImproperlyConfigured(f"{name} names a folder that cannot be made: {error.strerror}.") from None
        return path

    def storage(self, name: str, default: Path, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return Django's settings for a place of private files: a folder, or the dotted path of a storage class.

        `options` are those of the class. Raises ImproperlyConfigured for what is neither.
        """
        place = self.text(name, str(default))
        if _CLASS.fullmatch(place):
            return {"BACKEND": place, "OPTIONS": dict(options)}
        if not Path(place).is_absolute():
            raise ImproperlyConfigured(f"{name} must be a folder such as /srv/files, or the path of a storage class.")
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {
                "location": place,
                "base_url": None,
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        }

    def options(self, name: str) -> dict[str, Any]:
        """Return the object that a text of JSON holds, empty where nothing is set. Raises ImproperlyConfigured."""
        try:
            found = json.loads(self.text(name, "{}"))
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise ImproperlyConfigured(f'{name} must be JSON such as {{"bucket_name": "recordings"}}.')
        return found

    def database(self, name: str, default: str, *, databricks: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return Django's settings for a `sqlite:///path` or `postgres://…` URL.

        With `databricks`, the values of its variables for logins, also for a `databricks://…` URL.
        Raises ImproperlyConfigured for another engine or a URL that cannot be read.
        """
        url = self.text(name, default)
        scheme = url.partition(":")[0]
        if databricks is not None and scheme == "databricks":
            try:
                return address.settings_of(name, url, databricks)
            except ValueError as error:
                raise ImproperlyConfigured(str(error)) from None
        if scheme not in {"sqlite", "postgres", "postgresql"}:
            known = "sqlite://, postgres:// or databricks://" if databricks is not None else "sqlite:// or postgres://"
            raise ImproperlyConfigured(f"{name} must start with {known}.")
        try:
            config = dict(environ.Env.db_url_config(url))
        except (ValueError, ImproperlyConfigured):
            raise ImproperlyConfigured(f"{name} cannot be read as a database URL.") from None
        if config["NAME"] in {"", ":memory:"}:
            raise ImproperlyConfigured(f"{name} names no database.")
        return config

    def email(self, name: str, default: str | None = None) -> Mail:
        """Return how mail leaves, from a URL such as `smtp+tls://user:secret@host:587`.

        Raises ImproperlyConfigured for another scheme or a URL that cannot be read.
        """
        try:
            url = urlsplit(self.text(name, default))
            module, port, starttls, tls = MAIL_SCHEMES[url.scheme]
            port = url.port or port
        except (KeyError, ValueError):
            raise ImproperlyConfigured(f"{name} cannot be read as a mail URL such as {MAIL_EXAMPLE}.") from None
        if module == _SMTP and not url.hostname:
            raise ImproperlyConfigured(f"{name} names no mail server: write it like {MAIL_EXAMPLE}.")
        return Mail(
            backend=f"{module}.EmailBackend",
            host=url.hostname or "localhost",
            port=port,
            user=unquote(url.username or ""),
            password=unquote(url.password or ""),
            starttls=starttls,
            tls=tls,
        )

    def _from_file(self, name: str) -> str:
        path = self._values.get(f"{name}_FILE", "").strip()
        if not path:
            return ""
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE names a file that cannot be read: {error.strerror}.") from None
        except UnicodeDecodeError:
            raise ImproperlyConfigured(f"{name}_FILE names a file that holds no text.") from None


def refuse_one_for_both(portal: Mapping[str, Any], warehouse: Mapping[str, Any]) -> None:
    """Raise ImproperlyConfigured where DATABASE_URL and WAREHOUSE_URL name the same database.

    Each keeps its own list of migrations: in one, the catalog's tables would be taken for made and never be made.
    """
    if _place(portal) == _place(warehouse):
        raise ImproperlyConfigured(
            "DATABASE_URL and WAREHOUSE_URL name the same database. Give the catalog one of its own"
            f" (on the same server, if you like): see {TABLE}."
        )


def _place(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Return where a database is: its file, or its server and name. The user makes no other database of it."""
    if "sqlite" in config["ENGINE"]:
        return ("file", str(Path(config["NAME"]).resolve()))
    host = str(config.get("HOST") or "localhost").lower().rstrip(".")
    here = host in {"localhost", "127.0.0.1", "::1", "[::1]"}
    return (
        "databricks" if "databricks" in config["ENGINE"] else "postgresql",
        "localhost" if here else host,
        str(config.get("PORT") or 5432),
        str(config["NAME"]),
    )
