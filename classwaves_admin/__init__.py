"""The portal. Its Celery application comes with it, so that every process publishes jobs to the same broker."""

from classwaves_admin.celery import app as celery_app

__all__ = ["celery_app"]
