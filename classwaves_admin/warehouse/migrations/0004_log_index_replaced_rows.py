"""Makes SQLite's index of the audit log anew: rows that `INSERT OR REPLACE` removes leave it too."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from classwaves_admin.warehouse import log_index


def make(_apps: Any, schema_editor: Any) -> None:
    """Make the index and fill it."""
    if schema_editor.connection.vendor == "sqlite":
        log_index.make(schema_editor)


class Migration(migrations.Migration):
    dependencies = [("warehouse", "0003_log_index")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
