"""Makes the index of the audit log on SQLite and PostgreSQL; on a log of millions of rows this takes minutes."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from classwaves_admin.warehouse import log_index


def make(_apps: Any, schema_editor: Any) -> None:
    """Make the index and fill it."""
    log_index.make(schema_editor)


class Migration(migrations.Migration):
    dependencies = [("warehouse", "0002_schemas")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
