"""What is asked of an engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler


@dataclass(frozen=True, slots=True)
class Question:
    """A compiled statement with `%s` for its parameters, the Arrow types of its columns, and the rows of a batch."""

    connection: BaseDatabaseWrapper
    compiler: SQLCompiler
    sql: str
    params: tuple[Any, ...]
    types: pa.Schema
    size: int
