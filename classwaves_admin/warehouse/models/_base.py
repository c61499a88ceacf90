"""What all tables of the catalog share."""

from __future__ import annotations

from django.db import models


class CatalogModel(models.Model):
    """A row of the catalog.

    `save`, `delete` and the bulk writers belong to the outbox gateway alone
    (`classwaves_admin.warehouse.outbox`); a test fails where other code calls them.
    """

    class Meta:
        abstract = True
        app_label = "warehouse"
