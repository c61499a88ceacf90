"""People, roles and sign-in as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "classwaves_admin.accounts"
    label = "accounts"
