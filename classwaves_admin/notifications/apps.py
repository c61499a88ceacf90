"""The Django app `notifications`."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "classwaves_admin.notifications"
    label = "notifications"
