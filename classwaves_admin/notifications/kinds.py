"""The kinds of mail: each app registers its own when Django starts (`AppConfig.ready`).

    kinds.register("consent.invitation", build_invitation, secrets=("link", "code"), on_sent=invitation_sent)

A kind `consent.invitation` is written in templates/emails/consent/<language>/invitation.{subject.txt,txt,html}.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

__all__ = ["Builder", "Headers", "Kind", "NoLongerWanted", "OnReturned", "OnSent", "UnknownKind", "get", "register"]

# Called as builder(refers_to=..., now=...) -> the kind's secrets by name.
Builder = Callable[..., Mapping[str, str]]
# Called with the secrets of one attempt -> headers that this kind has beside those of every mail.
Headers = Callable[[Mapping[str, str]], Mapping[str, str]]
_NAME = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,59}")


class OnSent(Protocol):
    """Called in the transaction that notes a mail as sent, so that what follows from it is kept with it."""

    def __call__(self, *, mail_id: str, refers_to: str, school_id: str, now: datetime) -> None:
        """Do what follows: set a date, write an audit event."""


class OnReturned(Protocol):
    """Called in the transaction that notes a mail as refused or returned by the receiver's side.

    `address` is where it went; `reason` is one of `rules.REFUSED`, `rules.RETURNED` and `rules.COMPLAINT`.
    """

    def __call__(
        self, *, mail_id: str, refers_to: str, school_id: str, address: str, reason: str, now: datetime
    ) -> None:
        """Do what follows: stop mails to the address."""


class UnknownKind(LookupError):
    """A kind of mail that no app has registered."""


class NoLongerWanted(Exception):
    """Raised by a builder where the mail makes no sense any more; the mail is cancelled with the code."""

    def __init__(self, reason_code: str) -> None:
        if not _CODE.fullmatch(reason_code):
            raise ValueError("A reason is a code such as answered_already.")
        super().__init__(reason_code)
        self.reason_code = reason_code


@dataclass(frozen=True, slots=True)
class Kind:
    """One registered kind of mail."""

    name: str
    builder: Builder
    secrets: tuple[str, ...]
    on_sent: OnSent | None
    on_returned: OnReturned | None = None
    headers: Headers | None = None

    def build(self, *, refers_to: str, now: datetime) -> dict[str, str]:
        """Return fresh secrets. Raises NoLongerWanted, and ValueError where they are not those declared."""
        given = dict(self.builder(refers_to=refers_to, now=now))
        if set(given) != set(self.secrets):
            raise ValueError(f"The builder of {self.name} must give exactly: {', '.join(self.secrets) or 'nothing'}.")
        return given


_KINDS: dict[str, Kind] = {}


def register(
    kind: str,
    builder: Builder,
    *,
    secrets: tuple[str, ...] = (),
    on_sent: OnSent | None = None,
    on_returned: OnReturned | None = None,
    headers: Headers | None = None,
) -> None:
    """Register a kind of mail, named `app.mail`.

    `builder(refers_to=..., now=...)` runs in the worker at sending time, inside the transaction that
    claims the mail. It returns exactly the names in `secrets` (links, codes), so that raw tokens are
    stored nowhere, or raises NoLongerWanted. It runs again for each attempt. An attempt that ended
    without a clear answer may have arrived all the same: a builder must not make earlier secrets of
    the same mail void. `headers` makes this kind's own from the secrets, such as List-Unsubscribe.

    Raises ValueError for a name of another form or one that is taken.
    """
    if not _NAME.fullmatch(kind):
        raise ValueError(f"A kind of mail is named app.mail, not {kind!r}.")
    if kind in _KINDS:
        raise ValueError(f"The kind of mail {kind!r} is registered already.")
    _KINDS[kind] = Kind(kind, builder, secrets, on_sent, on_returned, headers)


def get(kind: str) -> Kind:
    """Return the registered kind. Raises UnknownKind."""
    try:
        return _KINDS[kind]
    except KeyError:
        raise UnknownKind(f"No app has registered the kind of mail {kind!r}.") from None
