"""What a command says about a known trouble: one sentence on the terminal instead of a traceback."""

from __future__ import annotations

import traceback

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.exceptions import MigrationSchemaMissing

from classwaves_admin.warehouse.trouble import ALIAS, Kind, explain

__all__ = ["sentence"]

# Commands that make tables; the portal's own user often may not.
_MAKING = frozenset({"migrate", "catalog"})


def sentence(error: BaseException, command: str = "") -> str | None:
    """Return what to tell the operator about `error`, or None where only a traceback helps.

    A statement that a database refused is a fault of ours and stays one. `command` is the name of the command.
    """
    if isinstance(error, ImproperlyConfigured):
        return f"The configuration is not right. {error}"
    if isinstance(error, MigrationSchemaMissing) and error.__context__:
        error = error.__context__  # Django puts the server's refusal into words of its own
    trouble = explain(error)
    if trouble is None or trouble.kind is Kind.REFUSED:
        return None
    if _alias(error) not in {ALIAS, ""}:
        return f"The portal's own database cannot be used ({trouble.kind}): see DATABASE_URL and its server."
    words = f"{trouble.person} {trouble.operator}"
    if trouble.kind is Kind.PERMISSION and command in _MAKING:
        words += " Tables and schemas are made by an account that may create them: the owner's."
    return words


def _alias(error: BaseException) -> str:
    """Return the alias of the database that raised `error`, read from where it came from, or nothing.

    The connections do not tell: a rollback makes Django forget that there was an error.
    """
    alias = ""
    for frame, _line in traceback.walk_tb(error.__traceback__):
        holder = frame.f_locals.get("self")
        database = holder if isinstance(holder, BaseDatabaseWrapper) else getattr(holder, "db", None)
        if isinstance(database, BaseDatabaseWrapper):
            alias = database.alias
    return alias
