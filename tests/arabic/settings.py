"""The settings of a portal that speaks Arabic too, for the browser tests."""

from classwaves_admin import settings as plain
from classwaves_admin.settings import *  # noqa: F403 - these are the settings
from tests.arabic import with_arabic

globals().update(with_arabic(plain))
