"""The Django app `notifications`."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "classwaves_admin.notifications"
    label = "notifications"

    def ready(self) -> None:
        """Register the mails of this app."""
        from classwaves_admin.notifications import trial

        trial.register()
