"""What can be made: each part of audit registers its own when Django starts (`AuditConfig.ready`).

kinds.register("export.csv", "audit.exports.maker.make_csv", title="Audit log as CSV", stem="audit-log")
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol, cast

from django.utils.module_loading import import_string

from audit.models import Making
from audit.record import Codes
from classwaves_admin.jobs.kinds import Progress

__all__ = [
    "WITH_TYPED",
    "Kind",
    "Made",
    "Maker",
    "Part",
    "UnknownKind",
    "can_make_again",
    "event_of",
    "file_name",
    "get",
    "is_export",
    "private_kinds",
    "register",
    "title_of",
]

# The parameter that says that what was typed is a part of the question.
WITH_TYPED = "with_typed"
EXPORT = "export."
_NAME = re.compile(r"(report|export)\.[a-z][a-z_]*")


class UnknownKind(LookupError):
    """A kind that nobody has registered, such as one of another release."""


@dataclass(frozen=True, slots=True)
class Part:
    """A finished file in the workspace. `format` names it in addresses and is the ending of its name."""

    format: str
    path: Path
    content_type: str


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it: the files, how many rows of data they hold, the hash of the data and its moment.

    `told` is added to the data of the audit event: codes and counts alone.
    """

    parts: Sequence[Part]
    rows: int
    data_sha256: str
    data_as_of: datetime
    pages: int = 0
    told: Codes = field(default_factory=dict)


class Maker(Protocol):
    """Does one portion of a making."""

    def __call__(self, *, making: Making, workspace: Path, now: datetime) -> Progress | Made:
        """Do a portion of some seconds, inside the scope of what was asked for; say how far it is, or what was made.

        `workspace` is a private folder that is there again at the next portion. A portion may run twice.
        Raises classwaves_admin.jobs.kinds.CannotGoOn where another try would end the same way.
        """


@dataclass(frozen=True, slots=True)
class Kind:
    """One registered kind. `again` says whether its parameters alone are enough to make it anew.

    A `private` one stays with who asked for it: it holds what colleagues with other roles may not open.
    """

    name: str
    path: str
    title: str
    stem: str
    again: bool
    private: bool = False

    @property
    def maker(self) -> Maker:
        """Return the maker; its module, with its libraries, is imported now."""
        return cast(Maker, import_string(self.path))


_KINDS: dict[str, Kind] = {}


def register(name: str, path: str, *, title: str, stem: str, again: bool = False, private: bool = False) -> None:
    """Register a kind, named `report.*` or `export.*`, by which it is audited; `stem` begins its files' names.

    `path` is the dotted path of its maker: printing and Arrow weigh 130 MB, which few processes need.
    Raises ValueError for another form or a name that is taken.
    """
    if not _NAME.fullmatch(name) or name in _KINDS:
        raise ValueError(f"A kind is named report.x or export.x, once: not {name!r}.")
    _KINDS[name] = Kind(name, path, title, stem, again, private)


def get(name: str) -> Kind:
    """Return the registered kind. Raises UnknownKind."""
    try:
        return _KINDS[name]
    except KeyError:
        raise UnknownKind(f"Nobody has registered {name!r}.") from None


def private_kinds() -> list[str]:
    """Return the kinds whose files stay with who asked for them."""
    return [kind.name for kind in _KINDS.values() if kind.private]


def title_of(name: str) -> str:
    """Return the words for a kind; its name where another release has registered it."""
    return _KINDS[name].title if name in _KINDS else name


def event_of(name: str, *, handed_over: bool) -> str:
    """Return the audit event for a file of this kind being made, or handed over."""
    report = name.startswith("report.")
    if handed_over:
        return "report.downloaded" if report else "export.downloaded"
    return "report.generated" if report else "export.created"


def can_make_again(making: Making) -> bool:
    """Tell whether the file can be made anew from its parameters: nothing was typed that is forgotten now."""
    return making.kind in _KINDS and _KINDS[making.kind].again and not making.parameters.get(WITH_TYPED)


def is_export(name: str) -> bool:
    """Tell whether a file of this kind is a copy of rows, which people may delete before its days are over."""
    return name.startswith(EXPORT)


def file_name(making: Making, file_format: str) -> str:
    """Return the name of a download; it names no person, since names of files travel further than files."""
    stem = _KINDS[making.kind].stem if making.kind in _KINDS else making.kind.replace(".", "-")
    return f"{stem}-{making.data_as_of or making.asked_at:%Y-%m-%d}.{file_format}"
