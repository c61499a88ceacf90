"""Files that archived rows name: they stay while the row is archived, and go before it."""

from __future__ import annotations

import pyarrow as pa

from retention import files
from retention.fates import Rule
from retention.queries.namers import named_by_others

__all__ = ["destroy_of"]


def destroy_of(rule: Rule, rows: pa.Table) -> dict[str, files.Left]:
    """Destroy what the column `rule.file` of archived rows names; return the ids of rows whose file is left, and why.

    A file that a row of the catalog names stays. One warehouse query.
    """
    named = dict(zip(rows.column("id").to_pylist(), rows.column(rule.file).to_pylist(), strict=True))
    paths = sorted({path or "" for path in named.values()})
    # A row of the catalog with the same id is the same record, come back.
    shared = named_by_others(rule, paths, apart_from=named.keys())
    left: dict[str, files.Left] = dict.fromkeys(shared, files.Left.OTHER_ROW)
    left |= files.destroy(path for path in paths if path not in left).left
    return {row_id: left[path or ""] for row_id, path in named.items() if (path or "") in left}
