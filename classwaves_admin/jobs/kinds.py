"""The kinds of jobs: each app registers its own when Django starts (`AppConfig.ready`).

kinds.register("consent.ask", ask_portion, reason="asks guardians of one school", title="Asking guardians")
kinds.register("audit.seal", "audit.proof.steps.seal_portion", reason="rows of every school", title="Sealing")
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, cast

from django.utils.module_loading import import_string

from classwaves_admin.jobs.models import Job

__all__ = [
    "CATALOG_AWAY",
    "CannotGoOn",
    "Kind",
    "NotYet",
    "Progress",
    "Step",
    "UnknownKind",
    "get",
    "names",
    "register",
    "title_of",
]

_NAME = re.compile(r"[a-z][a-z_]*\.[a-z][a-z_]*")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,59}")
# A job waits for the catalog: it does not answer, or has not taken what was written before.
CATALOG_AWAY = "catalog_away"


class UnknownKind(LookupError):
    """A kind of job that no app has registered."""


class _Reason(Exception):
    """Carries a code that says why a step did not do its portion."""

    def __init__(self, code: str) -> None:
        if not _CODE.fullmatch(code):
            raise ValueError("A reason is a code such as notice_incomplete.")
        super().__init__(code)
        self.code = code


class CannotGoOn(_Reason):
    """Raised by a step where another try would end the same way; the job fails with the code."""


class NotYet(_Reason):
    """Raised by a step that waits for something beyond it. It is tried again for as long as that takes: no fault."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is after a step: counts in the unit that people read, and whether nothing is left.

    `result` is what else the catalog's row tells of the work: codes and counts.
    """

    done: int
    total: int
    finished: bool = False
    result: Mapping[str, Any] = field(default_factory=dict)


class Step(Protocol):
    """Does one portion of a job."""

    def __call__(self, *, job: Job, now: datetime) -> Progress:
        """Do a portion of a second or two in transactions of its own, and tell how far the job is.

        It is called again until it says that nothing is left, and again after a process died in it:
        a portion that was done already must change nothing.
        """


@dataclass(frozen=True, slots=True)
class Kind:
    """One registered kind. `reason` says why a job of no single school runs without a scope, `title` what it does."""

    name: str
    work: Step | str
    reason: str
    title: str

    @property
    def step(self) -> Step:
        """Return what does the work; its module is imported now, where the kind was registered by a path."""
        return cast(Step, import_string(self.work)) if isinstance(self.work, str) else self.work


_KINDS: dict[str, Kind] = {}


def register(kind: str, step: Step | str, *, reason: str, title: str = "") -> None:
    """Register a kind of job, named `app.job`. Raises ValueError for another form or a name that is taken.

    `title` is what the list of jobs calls it.

    A step whose libraries weigh much is named by its dotted path: every process registers, few do the work.
    """
    if not _NAME.fullmatch(kind):
        raise ValueError(f"A kind of job is named app.job, not {kind!r}.")
    if kind in _KINDS:
        raise ValueError(f"The kind of job {kind!r} is registered already.")
    _KINDS[kind] = Kind(kind, step, reason, title)


def get(kind: str) -> Kind:
    """Return the registered kind. Raises UnknownKind."""
    try:
        return _KINDS[kind]
    except KeyError:
        raise UnknownKind(f"No app has registered the kind of job {kind!r}.") from None


def names() -> frozenset[str]:
    """Return the names of all kinds."""
    return frozenset(_KINDS)


def title_of(kind: str) -> str:
    """Return what the list of jobs calls a kind; its name where no app has registered it, or without a title."""
    found = _KINDS.get(kind)
    return (found.title if found else "") or kind
