"""The kinds of mail: each app registers its own when Django starts (`AppConfig.ready`).

    kinds.register("consent.invitation", build_invitation, secrets=("link", "code"), on_sent=invitation_sent)

A kind `consent.invitation` is written in templates/emails/consent/<language>/invitation.{subject.txt,txt,html}.
A kind of which thousands go out at once brings the same two functions for many mails (`builds`, `on_all_sent`).
A kind with a `wording` may be worded by a school.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from classwaves_admin.notifications.wording.rules import Wording

__all__ = [
    "AddressNow",
    "Builder",
    "Builders",
    "Built",
    "Headers",
    "Kind",
    "NoLongerWanted",
    "OnAllSent",
    "OnReturned",
    "OnSent",
    "Sent",
    "UnknownKind",
    "Wording",
    "Writes",
    "get",
    "names",
    "register",
    "title_of",
    "wording_of",
]

# Called as builder(refers_to=..., now=...) -> the kind's secrets by name.
Builder = Callable[..., Mapping[str, str]]
# Called with the secrets of one attempt -> headers that this kind has beside those of every mail.
Headers = Callable[[Mapping[str, str]], Mapping[str, str]]
_NAME = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,59}")


class Sent(NamedTuple):
    """A mail that the server took: its id, what it is about, whose it is."""

    mail_id: str
    refers_to: str
    school_id: str


class Writes(Protocol):
    """Writes a mail of a kind that has no templates of its own, and returns its `rendering.Content`."""

    def __call__(self, *, language: str, context: Mapping[str, str]) -> Any:
        """Write the mail. Raises as `rendering.render`."""


class AddressNow(Protocol):
    """Tells where a mail about something may go today."""

    def __call__(self, *, refers_to: str) -> str:
        """Return the address; empty where the person has none by now, or must not be written to."""


class OnSent(Protocol):
    """Called in the transaction that notes a mail as sent, so that what follows from it is kept with it."""

    def __call__(self, *, mail_id: str, refers_to: str, school_id: str, now: datetime) -> None:
        """Do what follows: set a date, write an audit event."""


class OnAllSent(Protocol):
    """The same for many mails of a kind, in a few statements."""

    def __call__(self, mails: Sequence[Sent], *, now: datetime) -> None:
        """Do what follows from all of them."""


class Builders(Protocol):
    """Builds many mails of a kind in a few statements."""

    def __call__(self, *, refers_to: Collection[str], now: datetime) -> Mapping[str, Built]:
        """Return the secrets for each thing referred to, or why nobody needs its mail."""


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


# A mail's secrets by name, or why nobody needs it.
Built = Mapping[str, str] | NoLongerWanted


@dataclass(frozen=True, slots=True)
class Kind:
    """One registered kind of mail."""

    name: str
    builder: Builder
    secrets: tuple[str, ...]
    on_sent: OnSent | None
    on_returned: OnReturned | None = None
    headers: Headers | None = None
    builds: Builders | None = None
    on_all_sent: OnAllSent | None = None
    wording: Wording | None = None
    writes: Writes | None = None
    address: AddressNow | None = None

    def build(self, *, refers_to: str, now: datetime) -> dict[str, str]:
        """Return fresh secrets. Raises NoLongerWanted, and ValueError where they are not those declared."""
        return self._checked(self.builder(refers_to=refers_to, now=now))

    def build_all(self, *, refers_to: Collection[str], now: datetime) -> dict[str, Built]:
        """Return fresh secrets for each, or why there are none. Raises as `build`, for all of them together."""
        if self.builds is None:
            raise TypeError(f"Mails of kind {self.name} are built one by one.")
        found = self.builds(refers_to=refers_to, now=now)
        return {
            one: given if isinstance(given, NoLongerWanted) else self._checked(given)
            for one, given in ((one, found[one]) for one in refers_to)
        }

    def _checked(self, secrets: Mapping[str, str]) -> dict[str, str]:
        if set(secrets) != set(self.secrets):
            raise ValueError(f"The builder of {self.name} must give exactly: {', '.join(self.secrets) or 'nothing'}.")
        return dict(secrets)


_KINDS: dict[str, Kind] = {}


def register(
    kind: str,
    builder: Builder,
    *,
    secrets: tuple[str, ...] = (),
    on_sent: OnSent | None = None,
    on_returned: OnReturned | None = None,
    headers: Headers | None = None,
    builds: Builders | None = None,
    on_all_sent: OnAllSent | None = None,
    wording: Wording | None = None,
    writes: Writes | None = None,
    address: AddressNow | None = None,
) -> None:
    """Register a kind of mail, named `app.mail`.

    `builder(refers_to=..., now=...)` runs in the worker at sending time, inside the transaction that
    claims the mail. It returns exactly the names in `secrets` (links, codes), so that raw tokens are
    stored nowhere, or raises NoLongerWanted. It runs again for each attempt. An attempt that ended
    without a clear answer may have arrived all the same: a builder must not make earlier secrets of
    the same mail void. `headers` makes this kind's own from the secrets, such as List-Unsubscribe.

    `builds` and `on_all_sent` do the same for many mails. Where one of them fails, all its mails are taken
    one by one, so that a fault stops only the mail that has it.

    `wording` says what a school may word of it. `writes` writes a mail that has no templates. Only a kind with an
    `address` can be sent again after it has failed.

    Raises ValueError for a name of another form or one that is taken.
    """
    if not _NAME.fullmatch(kind):
        raise ValueError(f"A kind of mail is named app.mail, not {kind!r}.")
    if kind in _KINDS:
        raise ValueError(f"The kind of mail {kind!r} is registered already.")
    _KINDS[kind] = Kind(
        kind, builder, secrets, on_sent, on_returned, headers, builds, on_all_sent, wording, writes, address
    )


def get(kind: str) -> Kind:
    """Return the registered kind. Raises UnknownKind."""
    try:
        return _KINDS[kind]
    except KeyError:
        raise UnknownKind(f"No app has registered the kind of mail {kind!r}.") from None


def names() -> tuple[str, ...]:
    """Return the names of all kinds, in order."""
    return tuple(sorted(_KINDS))


def title_of(kind: str) -> str:
    """Return what pages call a kind; its name where no app has registered it, or without a title."""
    found = _KINDS.get(kind)
    return found.wording.title if found and found.wording else kind


def wording_of(kind: str) -> Wording:
    """Return what may be worded of a kind. Raises UnknownKind, and LookupError where nothing may be."""
    if wording := get(kind).wording:
        return wording
    raise LookupError(f"Mails of kind {kind} are in the portal's words alone.")
