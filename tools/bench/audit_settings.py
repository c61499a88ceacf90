"""The portal's settings with Django's admin, which the bench measures beside the portal's own pages."""

from classwaves_admin.settings import *  # noqa: F403 - all of them

INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.admin"]  # noqa: F405
ROOT_URLCONF = "tools.bench.audit_admin"
STAFF_MFA_REQUIRED = False
