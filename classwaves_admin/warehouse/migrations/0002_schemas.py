"""Moves the tables of an earlier release on PostgreSQL into their schemas; other engines have nothing to move."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def move(_apps: Any, schema_editor: Any) -> None:
    """Give each table its schema where the engine's backend knows of a former form."""
    if hasattr(schema_editor, "move_former_tables"):
        schema_editor.move_former_tables()


class Migration(migrations.Migration):
    dependencies = [("warehouse", "0001_initial")]
    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
