"""What a person typed into a form that could not be taken, so that a page can offer it again.

Secrets are never written into a page: they are asked again. A file cannot be put back into a form by anybody
but its owner: it is asked again too. A form of another site is never made sendable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = [
    "AskedAgain",
    "KeptForm",
    "Typed",
    "asked_again",
    "is_secret",
    "kept_form",
    "sent_by_our_page",
    "typed_again",
]

# More fields than any form of the portal has; a larger post is not offered again.
MOST_FIELDS = 500
_FILE = "file"
TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - the name of a field
# Answers of a passkey are good for one try, which has passed.
ONCE_ONLY = frozenset({"credential"})


@dataclass(frozen=True, slots=True)
class Typed:
    """One value of a form, kept so that it can be sent again."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """A field whose value is not kept: `type` is that of an <input>, `autocomplete` its hint."""

    name: str
    type: str
    label: str | Promise
    autocomplete: str = ""


@dataclass(frozen=True, slots=True)
class KeptForm:
    """A form that can be sent again: what was typed, and what has to be given anew."""

    typed: tuple[Typed, ...]
    asked: tuple[AskedAgain, ...] = ()

    @property
    def has_files(self) -> bool:
        """Tell whether a file has to be chosen again."""
        return any(field.type == _FILE for field in self.asked)

    @property
    def has_secrets(self) -> bool:
        """Tell whether a password or a code has to be typed again."""
        return any(field.type != _FILE for field in self.asked)


_SECRETS = {
    "oldpassword": AskedAgain("", "password", _("Current password"), "current-password"),
    "password1": AskedAgain("", "password", _("New password"), "new-password"),
    "password2": AskedAgain("", "password", _("New password again"), "new-password"),
    "password": AskedAgain("", "password", _("Password"), "current-password"),
    "code": AskedAgain("", "text", _("Code"), "one-time-code"),
}


def kept_form(request: HttpRequest) -> KeptForm | None:
    """Return what can be offered again of a POST, or None: another site's form, a passkey, or too many fields."""
    if request.method != "POST" or not sent_by_our_page(request):
        return None
    typed: list[Typed] = []
    asked: list[AskedAgain] = []
    for each in typed_again(request):
        secret = _secret(each.name)
        if secret is None:
            typed.append(each)
        elif each.name not in {field.name for field in asked}:
            asked.append(secret)
    asked += [asked_again(name, _FILE) for name in request.FILES]
    if len(typed) + len(asked) > MOST_FIELDS or ONCE_ONLY & {each.name for each in typed}:
        return None
    return KeptForm(tuple(typed), tuple(asked))


def asked_again(name: str, kind: str = "") -> AskedAgain:
    """Return the field in which a file is chosen again, or a password or code typed again."""
    return AskedAgain(name, _FILE, _("File")) if kind == _FILE else _secret(name) or AskedAgain(name, "text", name)


def typed_again(request: HttpRequest) -> tuple[Typed, ...]:
    """Return all that was typed, in its order, several values of one field included, secrets too."""
    return tuple(
        Typed(name, str(value)) for name in request.POST for value in request.POST.getlist(name) if name != TOKEN
    )


def sent_by_our_page(request: HttpRequest) -> bool:
    """Tell whether the form came from a page of ours: by its token where Django has not looked at it yet."""
    return _Look(_nothing).process_view(request, _nothing, (), {}) is None


class _Look(CsrfViewMiddleware):
    """Looks at the token without making a page of the refusal."""

    def _reject(self, request: HttpRequest, reason: str) -> str:
        return reason


def _nothing(_request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
    return HttpResponse()


def is_secret(name: str) -> bool:
    """Tell whether a field of this name holds a password or a code."""
    return _secret(name) is not None


def _secret(name: str) -> AskedAgain | None:
    for part, field in _SECRETS.items():
        if part in name:
            return AskedAgain(name, field.type, field.label, field.autocomplete)
    return None
