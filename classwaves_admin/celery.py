"""The Celery application: worker and beat start from here."""

import os

from celery import Celery

from classwaves_admin.lib import folder_broker

folder_broker.install()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classwaves_admin.settings")
app = Celery("classwaves_admin")
app.set_default()  # the current application is known per thread; web servers answer in many
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
