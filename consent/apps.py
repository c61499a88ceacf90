"""The Django app `consent`."""

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "consent"

    def ready(self) -> None:
        """Register the mails and the jobs of consent."""
        from consent import emails, reminders
        from consent.actions import authorize, campaigns, coverage, nightly
        from consent.roster import steps

        emails.register()
        reminders.register()
        nightly.register()
        campaigns.register()
        steps.register()
        authorize.register()
        coverage.register()
