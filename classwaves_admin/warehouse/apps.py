"""The catalog as a Django app."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class WarehouseConfig(AppConfig):
    name = "classwaves_admin.warehouse"
    label = "warehouse"
    verbose_name = "ClassWaves catalog"

    def ready(self) -> None:
        """Guard every connection to the warehouse from its first moment."""
        from classwaves_admin.warehouse import guard  # asks the app registry, which is ready only now

        connection_created.connect(guard.install, dispatch_uid="warehouse.guard")
