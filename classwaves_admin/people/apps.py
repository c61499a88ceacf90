"""People and support access as a Django app."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "classwaves_admin.people"
    label = "people"

    def ready(self) -> None:
        """Register the mails."""
        from classwaves_admin.people import emails

        emails.register()
