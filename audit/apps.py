"""The Django app `audit`."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        """Register the mail and the job of files that are made in the background."""
        from audit import emails
        from audit.making import step

        emails.register()
        step.register()
