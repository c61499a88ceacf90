"""The catalog as a Django app."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class WarehouseConfig(AppConfig):
    name = "classwaves_admin.warehouse"
    label = "warehouse"
    verbose_name = "ClassWaves catalog"

    def ready(self) -> None:
        """Guard every connection to the warehouse from its first moment, limit how long it may hang, name who asks."""
        from classwaves_admin.warehouse import callers, guard, time_limit  # they ask for apps and settings, ready now

        connection_created.connect(guard.install, dispatch_uid="warehouse.guard")
        connection_created.connect(time_limit.install, dispatch_uid="warehouse.time_limit")
        callers.install()
