"""The Django app `consent`."""

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    name = "consent"

    def ready(self) -> None:
        """Register the mails and the jobs of consent."""
        from consent import emails, reminders
        from consent.actions import authorize, campaigns, nightly

        emails.register()
        reminders.register()
        nightly.register()
        campaigns.register()
        from consent.roster import steps

        steps.register()
        authorize.register()
