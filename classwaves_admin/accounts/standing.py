"""Remembers a person's standing for less than a minute, so that a suspended teacher is soon out."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError

from classwaves_admin.accounts.directory import Standing, standing_of
from classwaves_admin.accounts.models import User

logger = logging.getLogger(__name__)


class DirectoryUnreachable(Exception):
    """The warehouse does not answer and nothing recent is remembered: access cannot be decided."""


def current_standing(user: User, *, now: datetime) -> Standing:
    """Return the person's standing, at most `ACCESS_RECHECK_SECONDS` old.

    While the warehouse cannot be asked, the last answer counts for `ACCESS_GRACE_SECONDS`. Raises
    Suspended and DirectoryUnreachable.
    """
    key = _key(user)
    remembered: tuple[datetime, Standing] | None = cache.get(key)
    if remembered and now - remembered[0] < timedelta(seconds=settings.ACCESS_RECHECK_SECONDS):
        return remembered[1]
    try:
        standing = standing_of(user, today=now.date())
    except (DatabaseError, InterfaceError) as error:
        grace = timedelta(seconds=settings.ACCESS_GRACE_SECONDS)
        if remembered and now - remembered[0] < grace:
            logger.warning("the directory does not answer; a remembered role counts on")
            return remembered[1]
        raise DirectoryUnreachable from error
    cache.set(key, (now, standing), settings.ACCESS_GRACE_SECONDS)
    return standing


def forget(user: User) -> None:
    """Ask anew at the next request, such as after a sign-in or a changed membership."""
    cache.delete(_key(user))


def _key(user: User) -> str:
    return f"standing:{user.pk}"
