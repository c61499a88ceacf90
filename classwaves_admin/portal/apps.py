"""The Django app `portal`."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "classwaves_admin.portal"
    label = "portal"
