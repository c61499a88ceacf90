"""The Django app `consent`."""

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "consent"

    def ready(self) -> None:
        """Register the mails of consent."""
        from consent import emails

        emails.register()
