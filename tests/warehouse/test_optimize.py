"""Care for the embedded catalog: SQLite learns how its rows are spread."""

from __future__ import annotations

import pytest
from django.db import connections

from classwaves_admin.warehouse.tasks import optimize
from tests.factories import catalog as make


@pytest.mark.django_db(databases=["default", "warehouse"])
def test_optimize_leaves_statistics_of_the_audit_log() -> None:
    """After the hourly task the planner knows the audit log's indexes; rows stay as they are."""
    connection = connections["warehouse"]
    if connection.vendor != "sqlite":
        pytest.skip("servers gather statistics by themselves")
    school = make.school()
    for _ in range(20):
        make.audit_row(school=school)
    optimize()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'compliance.audit_log'")
        assert cursor.fetchone()[0] > 0
