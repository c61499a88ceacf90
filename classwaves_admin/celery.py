"""The Celery application: worker and beat start from here."""

import os
import sys

from celery import Celery

from classwaves_admin.lib import folder_broker

folder_broker.install()
# A thread that waits for a server or the database gets its turn within a millisecond, not five: a mail has four waits.
sys.setswitchinterval(0.001)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classwaves_admin.settings")
app = Celery("classwaves_admin")
app.set_default()  # the current application is known per thread; web servers answer in many
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
