"""Ends sessions."""

from __future__ import annotations

from allauth.usersessions.models import UserSession

from classwaves_admin.accounts.models import User


def end_all(user: User) -> int:
    """End every session of the person at once; return how many."""
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    return len(sessions)


def end_one(user: User, session_id: int) -> int:
    """End one session of the person, and none of somebody else; return how many."""
    session = UserSession.objects.filter(user=user, pk=session_id).first()
    if session is None:
        return 0
    session.end()
    return 1
