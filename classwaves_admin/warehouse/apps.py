"""The catalog as a Django app."""

from django.apps import AppConfig


class WarehouseConfig(AppConfig):
    name = "classwaves_admin.warehouse"
    label = "warehouse"
    verbose_name = "ClassWaves catalog"
