"""Sends the 27 tables to `warehouse` and everything else to `default`."""

from __future__ import annotations

from typing import Any

from django.db import models

WAREHOUSE_APP = "warehouse"


def _home(app_label: str) -> str:
    return "warehouse" if app_label == WAREHOUSE_APP else "default"


class CatalogRouter:
    """Django database router: one home per app, no relations across."""

    def db_for_read(self, model: type[models.Model], **hints: Any) -> str:
        """Return the alias that holds the model's rows."""
        return _home(model._meta.app_label)

    def db_for_write(self, model: type[models.Model], **hints: Any) -> str:
        """Return the alias that holds the model's rows."""
        return _home(model._meta.app_label)

    def allow_relation(self, one: models.Model, other: models.Model, **hints: Any) -> bool:
        """Allow relations inside one database only."""
        return _home(one._meta.app_label) == _home(other._meta.app_label)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Migrate each app in its own database only."""
        return db == _home(app_label)
