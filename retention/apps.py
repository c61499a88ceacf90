"""The Django app `retention`."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    name = "retention"
