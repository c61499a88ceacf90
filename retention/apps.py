"""The Django app `retention`."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "retention"

    def ready(self) -> None:
        """Register the jobs of retention."""
        from retention.actions import changes, physical, runs

        changes.register()
        runs.register()
        physical.register()
