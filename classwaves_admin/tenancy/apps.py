"""The Django app `tenancy`."""

from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "classwaves_admin.tenancy"
    label = "tenancy"
