"""What the warehouse, or the way to it, answered: as the DB-API class that it is, without personal data.

The connector raises one class for every failed statement and has no SQLSTATE; failures of the network come
out of it as urllib3's. Here each becomes a subclass of the connector's DB-API classes, so that Django raises
its own with ours as `__cause__`. The connector's error is never chained: it may quote rows and statements.
"""

from __future__ import annotations

import re
from typing import Any

from databricks.sql import exc

__all__ = [
    "ConcurrentChange",
    "DataError",
    "DatabaseError",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "PermissionMissing",
    "ProgrammingError",
    "StaleSession",
    "TokenRefused",
    "Told",
    "Unreachable",
    "WarehouseWaking",
    "private",
    "without_values",
]


class Told(Exception):
    """What the server said beside its words."""

    # Whether the same statement may succeed a moment later, and whether the server surely has not begun it.
    transient = False
    untouched = False

    def __init__(
        self,
        message: str,
        *,
        sqlstate: str = "",
        error_class: str = "",
        query_id: str = "",
        retry_after: float = 0.0,
        untouched: bool | None = None,
    ) -> None:
        super().__init__(f"{message} (query {query_id})" if query_id else message)
        self.sqlstate, self.error_class, self.query_id = sqlstate, error_class, query_id
        # Seconds that the server asked to wait.
        self.retry_after = retry_after
        if untouched is not None:
            self.untouched = untouched


class InterfaceError(Told, exc.InterfaceError):
    """Misuse of a connection or cursor, such as one that is closed."""


class DatabaseError(Told, exc.DatabaseError):
    """A failure of no kind that is known here."""


class DataError(Told, exc.DataError):
    """A value that does not fit."""


class IntegrityError(Told, exc.IntegrityError):
    """A NOT NULL or CHECK that a row breaks."""


class InternalError(Told, exc.InternalError):
    """A fault inside the server."""


class NotSupportedError(Told, exc.NotSupportedError):
    """Something that the warehouse cannot do."""


class ProgrammingError(Told, exc.ProgrammingError):
    """A statement that is wrong: a missing table, bad syntax."""


class OperationalError(Told, exc.OperationalError):
    """A failure of the warehouse's operation, which is not the statement's fault."""


class Unreachable(OperationalError):
    """The network, TLS or the name of the host failed, or an answer was cut or late. The statement may have run."""

    transient = True


class WarehouseWaking(OperationalError):
    """The warehouse is stopped, starting or full, and took nothing."""

    transient = True
    untouched = True


class StaleSession(OperationalError):
    """The server has ended the session. A new one will do."""

    transient = True
    untouched = True


class TokenRefused(OperationalError):
    """The token is expired, revoked or wrong, or the client and its secret are."""

    untouched = True


class ConcurrentChange(OperationalError):
    """Another writer changed the same files first; nothing of the statement was kept."""

    transient = True


class PermissionMissing(ProgrammingError):
    """A grant is missing: `privilege` on `securable`, each empty where the server does not say."""

    def __init__(self, message: str, **told: Any) -> None:
        super().__init__(message, **told)
        found = _GRANT.search(message)
        self.privilege = found["privilege"].strip() if found else ""
        self.securable = re.sub(r"[`'\"]", "", found["securable"]).rstrip(". ") if found else ""


# "User does not have USE SCHEMA on Schema 'main.default'." and, of older servers and table ACLs,
# "User does not have permission SELECT on table `a`.`b`.", "... CREATE,USAGE on database `x`".
_GRANT = re.compile(
    r"(?:does|do) not have (?:permission |privilege )?(?P<privilege>[A-Z][A-Z_, ]*?) on "
    r"(?P<securable>\w+(?: \w+)? [`'\"][^\s'\",;]+[`'\"]|any file)"
)

# Sections after which the server repeats the statement, rows or other people's commits.
_QUOTED = re.compile(
    r"(?:\n*== SQL\b|\n*== DataFrame ==|\bConflicting commit:|\bStacktrace:|\n\s*at (?:org|com|java|scala)\."
    r"|;? line \d+ pos \d+;|(?<=with values):|(?<=in record parsing):|(?<=Bad record):).*",
    re.DOTALL | re.IGNORECASE,
)
_STATE = re.compile(r"SQLSTATE:?\s*\(?[0-9A-Z]{5}\)?")
# Values stand between single quotes; names between backticks, types and expressions between double quotes.
# One that holds an apostrophe ends where no letter follows; one that was cut ends with the text. The apostrophe of
# "can't" begins none.
_VALUE = re.compile(r"(?P<on>\bon \w+(?: \w+)? )?(?<!\w)'(?:[^'\\]|\\.?|''|'(?=\w))*(?:'|\Z)", re.DOTALL)
_EXPRESSION = re.compile(r"(?P<on>\bon \w+(?: \w+)? )?\"[^\"]*(?:\"|\Z)", re.DOTALL)
_TYPE = re.compile(
    r"\"(?:STRING|(?:BIG|SMALL|TINY)?INT|BOOLEAN|TIMESTAMP(?:_NTZ)?|DATE|DOUBLE|FLOAT|BINARY|VOID"
    r"|DECIMAL\(\d+, ?\d+\)|(?:MAP|ARRAY)<[A-Z<>, ]+>)\""
)
_NUMBER = re.compile(r"(?<!SQLSTATE: )(?<![\w(,.`\[])-?\d[\d.]*(?:E[+-]?\d+)?(?![\w`\]])")
_MOST_WORDS = 600


def without_values(words: str, *, names: bool = False) -> str:
    """Return the server's words without the statement, rows and values that it may quote.

    `names` keeps what stands in quotes behind "on Table" and the like: a missing grant names its table so.
    """

    def blank(found: re.Match[str]) -> str:
        if (names and found["on"]) or _TYPE.fullmatch(found[0]):
            return found[0]
        quote = found[0][len(found["on"] or "")]
        return f"{found['on'] or ''}{quote}…{quote}"

    return _EXPRESSION.sub(blank, _VALUE.sub(blank, _QUOTED.sub(" …", words)))


def private(words: str, *, names: bool = False, numbers: bool = False) -> str:
    """Return `without_values`, short and on one line. `numbers` blanks numbers too."""
    state = _STATE.search(words)
    told = without_values(words, names=names)
    if numbers:
        told = _NUMBER.sub("…", told)
    told = " ".join(told.split())[:_MOST_WORDS]
    return f"{told} {state[0]}" if state and state[0] not in told else told
