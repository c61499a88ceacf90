"""Compares the inventory with the models and says how to mend each difference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from classwaves_admin.warehouse.inventory.kinds import Table
from classwaves_admin.warehouse.models._base import CatalogModel


def problems(declared: Collection[Table], models: Iterable[type[CatalogModel]]) -> list[str]:
    """Return one sentence for each fault of the inventory; none means that it is whole."""
    found: list[str] = []
    count = Counter(entry.model for entry in declared)
    for model in models:
        name, module = model._meta.db_table, model.__module__.rpartition(".")[2]
        if count[model] != 1:
            found.append(f"{name} is declared {count[model]} times: keep one Table in warehouse/inventory/{module}.py.")
    for entry in declared:
        found.extend(_column_problems(entry))
        found.extend(_statement_problems(entry))
    return found


def _column_problems(entry: Table) -> Iterator[str]:
    module = f"warehouse/inventory/{entry.model.__module__.rpartition('.')[2]}.py"
    named = Counter(name for names in entry.columns.values() for name in names.split())
    real = {str(field.column) for field in entry.model._meta.concrete_fields}
    for column in sorted(real - named.keys()):
        yield f"{entry.name}.{column} has no privacy class: add it to `columns` in {module}."
    for column in sorted(named.keys() - real):
        yield f"{entry.name}.{column} does not exist: remove it from `columns` in {module}."
    for column in sorted(column for column, times in named.items() if times > 1):
        yield f"{entry.name}.{column} has more than one privacy class: keep one in {module}."


def _statement_problems(entry: Table) -> Iterator[str]:
    for what, given, reason in (
        ("retention", entry.retention, entry.no_retention),
        ("students", entry.students, entry.no_students),
        ("school", entry.school, entry.no_school),
    ):
        if bool(given) == bool(reason):
            yield f"{entry.name}: give either `{what}` or the reason in `no_{what}`."
