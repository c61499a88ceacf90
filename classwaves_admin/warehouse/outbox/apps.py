"""The outbox as a Django app on the `default` database."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "classwaves_admin.warehouse.outbox"
    label = "outbox"
    default_auto_field = "django.db.models.BigAutoField"
