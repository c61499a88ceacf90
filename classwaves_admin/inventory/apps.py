"""The Django app `inventory`."""

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    name = "classwaves_admin.inventory"
    label = "inventory"

    def ready(self) -> None:
        """Register the count of all tables, and what a child's deletion does to the app's rows."""
        from classwaves_admin.inventory.actions import surveys
        from classwaves_admin.inventory.places import PLACES
        from retention import places

        surveys.register()
        places.register(*PLACES)
