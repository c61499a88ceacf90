"""Values of MAP and ARRAY columns: they travel as JSON and are taken apart by the warehouse."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from classwaves_admin.databricks.merge import json_object, text_literal

__all__ = ["NestedValue", "read_list", "read_map"]


class NestedValue:
    """A dict or list on its way into a MAP or ARRAY column. Django sees an expression."""

    def __init__(self, value: Mapping[str, Any] | Sequence[Any], db_type: str) -> None:
        self.value = value
        self.db_type = db_type

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[str]]:
        """Return the value as one parameter."""
        sql = f"from_json(%s, {text_literal(self.db_type)}, map('mode', 'FAILFAST'))"
        return sql, [json_object(self.value)]


def read_map(value: Any) -> dict[str, str | None] | None:
    """Return a MAP as it comes: pairs from Arrow, JSON text from a server that sends no nested types."""
    if isinstance(value, str):
        value = json.loads(value)
    return None if value is None else dict(value)


def read_list(value: Any) -> list[str | None] | None:
    """Return an ARRAY as it comes: a list from Arrow, JSON text from a server that sends no nested types."""
    if isinstance(value, str):
        value = json.loads(value)
    return None if value is None else list(value)
