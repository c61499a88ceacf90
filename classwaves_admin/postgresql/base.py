"""The backend that `ENGINE = "classwaves_admin.postgresql"` names."""

from __future__ import annotations

from django.apps import apps
from django.db.backends.postgresql import base

from classwaves_admin.postgresql.introspection import DatabaseIntrospection
from classwaves_admin.postgresql.names import schemas_of
from classwaves_admin.postgresql.operations import DatabaseOperations
from classwaves_admin.postgresql.schema import DatabaseSchemaEditor


class DatabaseWrapper(base.DatabaseWrapper):
    """A PostgreSQL connection that reads `schema.table` as two names. Its vendor stays `postgresql`."""

    ops_class = DatabaseOperations
    introspection_class = DatabaseIntrospection
    SchemaEditorClass = DatabaseSchemaEditor

    def model_schemas(self) -> set[str]:
        """Return the schemas that the installed models name; all others are none of the portal's business."""
        return schemas_of(model._meta.db_table for model in apps.get_models(include_auto_created=True))
