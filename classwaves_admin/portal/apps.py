"""The Django app `portal`."""

from django.apps import AppConfig
from django.core.signals import request_finished


class PortalConfig(AppConfig):
    name = "classwaves_admin.portal"
    label = "portal"

    def ready(self) -> None:
        """Write samples of requests once a response has left."""
        from classwaves_admin.portal.sampling import flush_if_due

        request_finished.connect(flush_if_due, dispatch_uid="portal-samples")
