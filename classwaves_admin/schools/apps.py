"""The Django app `schools`."""

from django.apps import AppConfig


class SchoolsConfig(AppConfig):
    name = "classwaves_admin.schools"
    label = "schools"
