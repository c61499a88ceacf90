"""The Django app `jobs`: long work in portions, with progress, that survives the end of any process."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "classwaves_admin.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Watch over the tasks of the timetable."""
        from classwaves_admin.jobs import timetable

        timetable.register()
