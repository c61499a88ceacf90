"""The Django app `audit`."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "audit"

    def ready(self) -> None:
        """Register the mail, the checks and the jobs of audit."""
        from audit import checks, emails
        from audit.exports import maker
        from audit.making import step
        from audit.proof import steps, verifying
        from audit.reports import registry

        checks.register_all()
        emails.register()
        maker.register()
        step.register()
        steps.register()
        registry.register_all()
        verifying.register()
