"""The Django app `consent`."""

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "consent"

    def ready(self) -> None:
        """Register the mails and the jobs of consent."""
        from consent import emails
        from consent.actions import campaigns, nightly

        emails.register()
        nightly.register()
        campaigns.register()
