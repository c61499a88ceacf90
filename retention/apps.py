"""The Django app `retention`."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "retention"

    def ready(self) -> None:
        """Register the jobs and the mail of retention."""
        from consent.notices.kept import kept_days
        from retention import emails
        from retention.actions import changes, physical, runs

        kept_days.register("retention.queries.policies.days_of_schools")
        changes.register()
        runs.register()
        physical.register()
        emails.register()
