"""The Django app `schools`."""

from django.apps import AppConfig


class SchoolsConfig(AppConfig):
    name = "classwaves_admin.schools"
    label = "schools"

    def ready(self) -> None:
        """Let sign-in ask what schools have decided about it."""
        from classwaves_admin.accounts import sign_in
        from classwaves_admin.schools.sign_in import PolicyReader

        sign_in.register(PolicyReader())
