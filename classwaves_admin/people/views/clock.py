"""On whose clock a page about people reads: that of the person's first school, else UTC."""

from __future__ import annotations

from classwaves_admin.accounts.requests import StaffRequest


def clock_of(request: StaffRequest) -> str:
    """Return the school whose time zone the page uses; empty text, which is UTC, for all districts at once."""
    if request.access.scope.schools is None or not request.school_choices:
        return ""
    return request.school or request.school_choices[0][0]
