"""Says what a database error means: one sentence for a person, one for an operator that names what to do.

Every engine has its own words for the same few troubles. The server's words may quote a row, so no sentence
repeats them: what is told are names of tables, privileges and error classes, and the query id.

Databricks' errors are told apart by the names of their classes (`databricks/errors.py`), for importing them
would load the connector, which an installation on SQLite or PostgreSQL never needs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from django.apps import apps
from django.db import DatabaseError, InterfaceError, OperationalError, connections
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = ["Kind", "Trouble", "explain"]

ALIAS = "warehouse"
_WHO = "the portal's user"


class Kind(StrEnum):
    """What can be wrong with a database."""

    WAKING = "waking"
    UNREACHABLE = "unreachable"
    BUSY = "busy"
    TOKEN = "token"  # noqa: S105 - the name of a trouble
    PERMISSION = "permission"
    MISSING = "missing"
    REFUSED = "refused"


# These pass by themselves: the page tries again.
PASSING = frozenset({Kind.WAKING, Kind.UNREACHABLE, Kind.BUSY})

_PERSON: dict[Kind, str | Promise] = {
    Kind.WAKING: _("The catalog is waking up. This usually takes less than a minute."),
    Kind.UNREACHABLE: _("The catalog does not answer just now."),
    Kind.BUSY: _("The catalog has more to do than it can take just now."),
    Kind.TOKEN: _("The catalog does not let the portal in."),
    Kind.PERMISSION: _("The portal lacks a permission in the catalog."),
    Kind.MISSING: _("A part of the catalog is missing."),
    Kind.REFUSED: _("The catalog could not carry this out."),
}
_OPERATOR = {
    Kind.WAKING: "The SQL warehouse is stopped or starting. It starts by itself when it is asked.",
    Kind.UNREACHABLE: "No connection: look whether the server runs, and at host, port and path of WAREHOUSE_URL.",
    Kind.BUSY: "A statement was ended or queued for too long: look at the load of the server.",
    Kind.TOKEN: (
        "The credentials were refused: renew DATABRICKS_TOKEN, or DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET,"
        " or the password in the database's URL, and start the portal again."
    ),
    Kind.MISSING: "A table or a column is missing: run `manage.py migrate`, then `manage.py catalog check`.",
    Kind.REFUSED: "A statement was refused.",
}

# Names of classes in databricks/errors.py.
_DATABRICKS = {
    "WarehouseWaking": Kind.WAKING,
    "TokenRefused": Kind.TOKEN,
    "PermissionMissing": Kind.PERMISSION,
    "ConcurrentChange": Kind.BUSY,
}
# SQLSTATE, the longest beginning first: PostgreSQL's appendix A, and the SQL standard for Databricks.
_STATES = {
    "57P03": Kind.WAKING,  # cannot_connect_now: the server is starting
    "42501": Kind.PERMISSION,
    "25006": Kind.PERMISSION,  # read_only_sql_transaction: a copy that takes no writes
    "42P01": Kind.MISSING,
    "42703": Kind.MISSING,
    "3F000": Kind.MISSING,
    "3D000": Kind.MISSING,
    "42704": Kind.MISSING,  # Databricks: a catalog or a schema that is not there
    "57014": Kind.BUSY,  # statement_timeout
    "55P03": Kind.BUSY,  # lock_timeout
    "08": Kind.UNREACHABLE,
    "57": Kind.UNREACHABLE,
    "28": Kind.TOKEN,
    "40": Kind.BUSY,
    "53": Kind.BUSY,
}
_SQLITE = {
    "SQLITE_BUSY": Kind.BUSY,
    "SQLITE_LOCKED": Kind.BUSY,
    "SQLITE_READONLY": Kind.PERMISSION,
    "SQLITE_PERM": Kind.PERMISSION,
    "SQLITE_CANTOPEN": Kind.UNREACHABLE,
}
# A server that refuses a connection gives words and no SQLSTATE (libpq); "no such table" is SQLITE_ERROR.
_WORDS = (
    (re.compile(r"starting up|recovery mode"), Kind.WAKING),
    (re.compile(r"authentication failed|no password supplied|no pg_hba\.conf entry"), Kind.TOKEN),
    (re.compile(r"database \"[^\"]*\" does not exist|no such (?:table|column)"), Kind.MISSING),
)
_NO_CATALOG = re.compile(r"database \"[^\"]*\" does not exist|NO_SUCH_CATALOG")
_OPERATOR_NO_CATALOG = (
    "The catalog that WAREHOUSE_URL names does not exist on that server: mend its name, or have it created."
)
_DENIED = re.compile(r"permission denied for (table|view|schema|database|sequence|relation) ([\w.\"$-]{1,200})")
_NAME = re.compile(r"[\w$-]+(?:\.[\w$-]+)*")
_PRIVILEGE = re.compile(r"[A-Z]+(?:[ _][A-Z]+)*")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong: its kind, the words for a person and for an operator, and the statement's id where known."""

    kind: Kind
    person: str | Promise
    operator: str
    query_id: str = ""

    @property
    def passes(self) -> bool:
        """Tell whether waiting helps."""
        return self.kind in PASSING


def explain(error: BaseException | None) -> Trouble | None:
    """Return what a database error means, or None where `error` is no database error of Django's."""
    if not isinstance(error, DatabaseError | InterfaceError):
        return None
    cause = error.__cause__
    kind = _kind(error, cause)
    operator = _grant(cause) if kind is Kind.PERMISSION else _OPERATOR[kind]
    if kind is Kind.MISSING and _NO_CATALOG.search(str(cause)):
        operator = _OPERATOR_NO_CATALOG
    if kind is Kind.REFUSED and (name := _error_class(error, cause)):
        operator = f"A statement was refused: {name}."
    return Trouble(kind, _PERSON[kind], operator, _query_id(cause))


def _kind(error: BaseException, cause: BaseException | None) -> Kind:
    names = {parent.__name__ for parent in type(cause).__mro__}
    for name, kind in _DATABRICKS.items():
        if name in names:
            return kind
    state = str(getattr(cause, "sqlstate", None) or "")
    for length in (5, 2):
        if len(state) == 5 and state[:length] in _STATES:  # noqa: PLR2004 - a SQLSTATE has five characters
            return _STATES[state[:length]]
    sqlite = str(getattr(cause, "sqlite_errorname", None) or "")
    for beginning, kind in _SQLITE.items():
        if sqlite.startswith(beginning):
            return kind
    for pattern, kind in _WORDS:
        if cause is not None and pattern.search(str(cause)):
            return kind
    return Kind.UNREACHABLE if isinstance(error, OperationalError | InterfaceError) else Kind.REFUSED


def _grant(cause: BaseException | None) -> str:
    """Return the sentence for an operator about a missing permission: what to grant, on what, to whom."""
    if str(getattr(cause, "sqlite_errorname", None) or "").startswith("SQLITE"):
        return "The database file cannot be written: give the portal's user the right to write it and its folder."
    if getattr(cause, "sqlstate", None) == "25006":
        return "The server takes no writes (a copy, or default_transaction_read_only): connect to the primary one."
    if hasattr(cause, "securable"):
        return _databricks_grant(str(getattr(cause, "privilege", "")), str(getattr(cause, "securable", "")))
    denied = _DENIED.search(str(cause))
    if denied is None:
        return "The portal's user lacks a permission: see docs/databricks.md for what it needs."
    kind, name = denied[1], denied[2].replace('"', "")
    return f"Run as the owner: {_postgresql_grant(kind, name)}"


def _databricks_grant(privilege: str, securable: str) -> str:
    """Return the GRANT for what the server asked for, in its own words: `MODIFY` on "Table 'main.a.b'"."""
    quoted = re.search(r"'([^']+)'|`([^`]+)`", securable)
    plain = (quoted[1] or quoted[2]) if quoted else securable
    known = re.match(r"(?i)\s*(catalog|schema|table|view|volume|function|metastore)\b\s*(.*)", plain)
    name = (known[2] if known else plain).strip(" '`\"").replace("`", "")
    words = re.match(r"(?i)\s*(catalog|schema|table|view)\b", securable)
    by_parts = ("CATALOG", "SCHEMA", "TABLE")[min(name.count("."), 2)]
    kind = words[1].upper() if words else by_parts
    privilege = privilege.upper().replace("_", " ").strip()
    if not _NAME.fullmatch(name) or not _PRIVILEGE.fullmatch(privilege):
        return "The portal's user lacks a permission: `manage.py warehouse_status` says which."
    return f"Run as the owner: GRANT {privilege} ON {kind} {name} TO {principal()};"


def _postgresql_grant(kind: str, name: str) -> str:
    if kind in {"schema", "database"}:
        # A schema is used by every statement; that it is made is refused on the database.
        privilege = "USAGE" if kind == "schema" else "CREATE"
        return f"GRANT {privilege} ON {kind.upper()} {name} TO {principal()};"
    if kind == "sequence":
        return f"GRANT USAGE ON SEQUENCE {name} TO {principal()};"
    return f"GRANT SELECT, INSERT, UPDATE, DELETE ON TABLE {_with_schema(name)} TO {principal()};"


def _with_schema(name: str) -> str:
    """Return `schema.table` where the server named the table alone and the catalog has one of that name."""
    tables = [model._meta.db_table for model in apps.get_app_config(ALIAS).get_models()]
    found = [table for table in tables if table.rpartition(".")[2] == name]
    return found[0] if len(found) == 1 else name


def principal() -> str:
    """Return whom to grant to, quoted for a GRANT: the database's user, or words where a token hides the name."""
    user = str(connections[ALIAS].settings_dict.get("USER") or "")
    if not re.fullmatch(r"[\w.@+-]{1,200}", user) or user == "token":
        return f"<{_WHO}>"
    return f"`{user}`" if connections[ALIAS].vendor == "databricks" else f'"{user}"'


def _error_class(error: BaseException, cause: BaseException | None) -> str:
    """Return the name of a refusal: never the words, which may quote a row."""
    name = str(getattr(cause, "error_class", None) or getattr(cause, "sqlite_errorname", None) or type(error).__name__)
    state = str(getattr(cause, "sqlstate", None) or "")
    if not re.fullmatch(r"[\w.]{1,120}", name):
        name = type(error).__name__
    return f"{name} ({state})" if re.fullmatch(r"\w{5}", state) else name


def _query_id(cause: BaseException | None) -> str:
    found = str(getattr(cause, "query_id", None) or "")
    return found if re.fullmatch(r"[\w-]{1,64}", found) else ""
