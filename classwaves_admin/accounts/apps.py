"""People, roles and sign-in as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "classwaves_admin.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Listen to sign-in events."""
        from classwaves_admin.accounts import signin_events  # noqa: F401  registers the receivers
