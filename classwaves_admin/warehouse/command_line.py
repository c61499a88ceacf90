"""What a command says about a known trouble: one sentence on the terminal instead of a traceback."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured
from django.db import connections
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
    # Django wraps the refusal to make its table of migrations into words of its own.
    trouble = explain(error.__context__ if isinstance(error, MigrationSchemaMissing) else error)
    if trouble is None or trouble.kind is Kind.REFUSED:
        return None
    if not connections[ALIAS].errors_occurred:
        return (
            f"The portal's own database cannot be used ({trouble.kind}): see DATABASE_URL, and whether its server runs."
        )
    words = f"{trouble.person} {trouble.operator}"
    if trouble.kind is Kind.PERMISSION and command in _MAKING:
        words += " Tables and schemas are made by an account that may create them: the owner's."
    return words
