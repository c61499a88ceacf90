"""Two people edit one row: what each saw, what each changed, and what the log is told of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from audit.record import Codes
from classwaves_admin.lib.digest import canonical_json, sha256_hex
from classwaves_admin.warehouse.inventory import Privacy, privacy_of
from classwaves_admin.warehouse.models._base import CatalogModel
from classwaves_admin.warehouse.outbox.holding import hold

__all__ = ["EditedMeanwhile", "changes_of", "fingerprint", "held", "held_as_seen", "told"]

# What the log may repeat: nothing about a person.
_MAY_BE_TOLD = {Privacy.OPERATIONAL, Privacy.PUBLIC}


class EditedMeanwhile(Exception):
    """Somebody else has changed the row since the form was opened. `row` is what stands there now."""

    def __init__(self, row: Any) -> None:
        super().__init__("The row was changed by somebody else.")
        self.row = row


def fingerprint(row: CatalogModel, fields: Iterable[str]) -> str:
    """Return what tells one state of these columns from another, for a hidden field of the form."""
    values = {name: _plain(getattr(row, name)) for name in fields}
    return sha256_hex(canonical_json(values))[:32]


def held(row: CatalogModel) -> None:
    """Hold the row for the transaction and read it again. Raises OnItsWay."""
    hold(type(row), str(row.pk))
    row.refresh_from_db()


def held_as_seen(row: CatalogModel, fields: Iterable[str], seen: str) -> None:
    """Hold the row for the transaction and read it again. Raises OnItsWay, and EditedMeanwhile where it is another."""
    held(row)
    if fingerprint(row, fields) != seen:
        raise EditedMeanwhile(row)


def changes_of(row: CatalogModel, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of `values` that the row does not have yet."""
    return {name: value for name, value in values.items() if getattr(row, name) != value}


def told(row: CatalogModel, changes: Mapping[str, Any]) -> Codes:
    """Return what the log says of changes of `row` as it was: all columns by name, values only of what names nobody."""
    open_to_all = [name for name in changes if privacy_of(type(row), name) in _MAY_BE_TOLD]
    open_to_all = [name for name in open_to_all if not isinstance(getattr(row, name), dict | list)]
    return {
        "fields": sorted(changes),
        "before": {name: _word(getattr(row, name)) for name in open_to_all},
        "after": {name: _word(changes[name]) for name in open_to_all},
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _word(value: Any) -> str | int | bool | None:
    plain = _plain(value)
    return plain if plain is None or isinstance(plain, str | int | bool) else str(plain)
