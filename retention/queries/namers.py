"""Which files more than one row names: one file goes only when every row that names it goes."""

from __future__ import annotations

from collections.abc import Collection

from classwaves_admin.tenancy.scope import system_scope
from retention.fates import Rule
from retention.files import spellings

__all__ = ["named_by_others"]


def named_by_others(rule: Rule, paths: Collection[str], *, apart_from: Collection[str]) -> set[str]:
    """Return the paths whose file a row of the catalog names that is not among the ids `apart_from`.

    That row may be of another school and may spell the name in another way. One warehouse query.
    """
    spelled = {path: spellings(path) for path in paths if path.strip()}
    with system_scope(reason="rows of two schools may name one file"):
        rows = rule.model._default_manager.order_by()
        named = rows.filter(**{f"{rule.file}__in": sorted(set().union(*spelled.values()))})
        others = {path for row_id, path in named.values_list("pk", rule.file) if row_id not in apart_from}
    return {path for path, ways in spelled.items() if not others.isdisjoint(ways)}
