"""What all tables of the catalog share."""

from __future__ import annotations

from typing import Any, cast

from django.db import models

from classwaves_admin.warehouse.fields import CatalogColumn


class CatalogModel(models.Model):
    """A row of the catalog.

    `save`, `delete` and the bulk writers belong to the outbox gateway alone (`classwaves_admin.warehouse.outbox`):
    `classwaves_admin.warehouse.guard` refuses them to all other code.
    """

    class Meta:
        abstract = True
        app_label = "warehouse"

    @classmethod
    def columns(cls) -> list[CatalogColumn[Any, Any]]:
        """Return the columns of the table in the catalog's order."""
        return cast("list[CatalogColumn[Any, Any]]", list(cls._meta.concrete_fields))

    @classmethod
    def reference(cls, name: str) -> tuple[str, type[CatalogModel]]:
        """Return the column behind a relation, as queries name it, and the table whose row it names."""
        field = cast("models.ForeignKey[Any, Any]", cls._meta.get_field(name))
        return field.attname, cast("type[CatalogModel]", field.related_model)
