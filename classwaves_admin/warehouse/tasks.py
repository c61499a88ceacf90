"""Care for the embedded catalog."""

from celery import shared_task
from django.db import connections

ALIAS = "warehouse"
# Rows that SQLite looks at in each index: enough to choose well, quick on millions of rows.
SAMPLE = 1000


@shared_task(name="warehouse.optimize")
def optimize() -> None:
    """Let SQLite learn how its rows are spread; servers do this by themselves.

    Without statistics the audit log of several schools is sorted as a whole: 219 ms against 2 ms for the
    first page of 300,000 rows.
    """
    connection = connections[ALIAS]
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit={SAMPLE}")
        cursor.execute("ANALYZE")
