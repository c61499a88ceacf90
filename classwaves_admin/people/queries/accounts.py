"""The accounts behind rows of `users.teachers`, and what is known of their sign-in. No warehouse query."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db.models import Count

from classwaves_admin.accounts.models import User

__all__ = ["QUIET", "SignIn", "account_of", "accounts_of", "addresses_seen_since", "addresses_without_mfa", "sign_ins"]

QUIET = timedelta(days=90)
# A recovery code is no second factor by itself.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


@dataclass(frozen=True, slots=True)
class SignIn:
    """What is known of a person's sign-in: second factor, the last time, and open sessions."""

    has_mfa: bool
    last: datetime | None
    sessions: int


def account_of(email: str, google_id: str = "") -> User | None:
    """Return the account of an address or of a Google id, or None for who never signed in."""
    return next(iter(accounts_of([(email, google_id)]).values()), None)


def accounts_of(pairs: Iterable[tuple[str, str]]) -> dict[str, User]:
    """Return accounts by address in lower case, found by address or Google id: two queries."""
    by_google = {google: email.lower() for email, google in pairs if google}
    addresses = {email.lower() for email, _ in pairs}
    found = {user.email: user for user in User.objects.filter(email__in=addresses)}
    linked = SocialAccount.objects.filter(provider="google", uid__in=list(by_google)).select_related("user")
    return {by_google[one.uid]: one.user for one in linked} | found


def sign_ins(users: Collection[User]) -> dict[str, SignIn]:
    """Return what is known of each account, by its id: two queries."""
    ids = [user.pk for user in users]
    protected = set(Authenticator.objects.filter(user__in=ids, type__in=FACTORS).values_list("user_id", flat=True))
    rows = UserSession.objects.filter(user__in=ids).order_by().values_list("user_id")
    sessions = dict(rows.annotate(number=Count("pk")).values_list("user_id", "number"))
    return {user.pk: SignIn(user.pk in protected, user.last_login, sessions.get(user.pk, 0)) for user in users}


def addresses_without_mfa() -> list[str]:
    """Return the addresses of accounts without a second factor. One query."""
    protected = Authenticator.objects.filter(type__in=FACTORS).values("user_id")
    return list(User.objects.exclude(pk__in=protected).values_list("email", flat=True))


def addresses_seen_since(moment: datetime) -> list[str]:
    """Return the addresses of accounts that have signed in since. One query."""
    return list(User.objects.filter(last_login__gte=moment).values_list("email", flat=True))
