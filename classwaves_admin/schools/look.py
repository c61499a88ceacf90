"""How a school's pages for guardians and its mails look: colour, logo, sender."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from classwaves_admin.schools.models import SchoolLogo
from classwaves_admin.schools.setting_tables.bounds import colour as colour_fault
from classwaves_admin.schools.values import value
from classwaves_admin.tenancy.scope import system_scope

__all__ = ["PLAIN", "Look", "Sender", "logo_png", "look_css", "look_of", "sender_of"]

logger = logging.getLogger(__name__)
# A colour or a picture never changes under its address.
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# The same buttons as in scss/shared/_buttons.scss: not the outlined, the plain and the dangerous ones.
_BUTTON = ".cw-parent .usa-button:not(.usa-button--outline,.usa-button--unstyled,.cw-button-danger)"
_CSS = (
    ".cw-parent{{border-block-start-color:{colour}}}\n"
    f"{_BUTTON}{{{{background-color:{{colour}}}}}}\n"
    f"{_BUTTON}:hover{{{{filter:brightness(.88)}}}}\n"
)


@dataclass(frozen=True, slots=True)
class Look:
    """What a school has chosen: addresses of stylesheet and logo, empty where it has none, and its languages."""

    css: str = ""
    logo: str = ""
    width: int = 0
    height: int = 0
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a mail of a school comes from. `reply_to` and `colour` are empty for the portal's own."""

    from_email: str
    reply_to: str = ""
    colour: str = ""


PLAIN = Look()


def look_of(school_id: str) -> Look:
    """Return how a school's pages for guardians look. At most one warehouse query, none for what is remembered."""
    colour, logo = value(school_id, "branding.color").value, value(school_id, "branding.logo").value
    return Look(
        css=reverse("look-css", args=[colour.removeprefix("#")]) if colour else "",
        logo=reverse("look-logo", args=[school_id, logo["digest"]]) if logo else "",
        width=logo["width"] if logo else 0,
        height=logo["height"] if logo else 0,
        languages=value(school_id, "languages.offered").value,
    )


def sender_of(school_id: str) -> Sender:
    """Return who a mail of a school comes from; the portal where the school has set nothing, or nobody can be asked.

    The address stays the portal's, which its mail server may send from.
    """
    if not school_id:
        return Sender(settings.DEFAULT_FROM_EMAIL)
    try:
        name, reply_to = value(school_id, "mail.sender_name").value, value(school_id, "mail.reply_to").value
        colour = value(school_id, "branding.color").value
    except (DatabaseError, InterfaceError) as error:
        logger.warning("a mail goes in the portal's own name: %s", type(error).__name__)
        return Sender(settings.DEFAULT_FROM_EMAIL)
    from_email = formataddr((name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])) if name else settings.DEFAULT_FROM_EMAIL
    return Sender(from_email, reply_to, colour)


@require_safe
def look_css(_request: HttpRequest, colour: str) -> HttpResponse:
    """Return the stylesheet of a colour. One on which white text cannot be read has none."""
    if colour_fault(f"#{colour}"):
        raise Http404("There is no such colour.")
    return HttpResponse(_CSS.format(colour=f"#{colour}"), content_type="text/css; charset=utf-8", headers=_HEADERS)


@require_safe
def logo_png(_request: HttpRequest, school_id: str, digest: str) -> HttpResponse:
    """Return a school's logo."""
    with system_scope(reason="a school's logo is public"):
        logo = SchoolLogo.objects.filter(school_id=school_id, digest=digest).first()
    if logo is None:
        raise Http404("There is no such logo.")
    headers = _HEADERS | {"Content-Disposition": 'inline; filename="logo.png"'}
    return HttpResponse(bytes(logo.content), content_type="image/png", headers=headers)
