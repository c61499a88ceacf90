"""Files that archived rows name: they stay while the row is archived, and go before it."""

from __future__ import annotations

import pyarrow as pa

from retention import files
from retention.fates import Rule

__all__ = ["destroy_of"]


def destroy_of(rule: Rule, rows: pa.Table) -> dict[str, files.Left]:
    """Destroy what the column `rule.file` of archived rows names; return the ids of rows whose file is left, and why.

    A file that a row of the catalog names stays. One warehouse query.
    """
    named = dict(zip(rows.column("id").to_pylist(), rows.column(rule.file).to_pylist(), strict=True))
    paths = sorted({path or "" for path in named.values()})
    catalog = rule.model._default_manager.order_by()
    # A row of the catalog with the same id is the same record, come back.
    shared = catalog.filter(**{f"{rule.file}__in": paths}).exclude(pk__in=list(named)).values_list(rule.file, flat=True)
    left: dict[str, files.Left] = dict.fromkeys(shared, files.Left.OTHER_ROW)
    left |= files.destroy(path for path in paths if path not in left).left
    return {row_id: left[path or ""] for row_id, path in named.items() if (path or "") in left}
