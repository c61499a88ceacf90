"""The HTML of a mail inside a page: in a frame of its own, where no script runs and nothing is loaded."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp, csp_update
from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.clickjacking import xframe_options_sameorigin

__all__ = ["SANDBOX", "in_frame", "page_of", "with_frame"]

# Links of a mail open in a tab of their own; scripts never run.
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
# A mail's own styles stand on its elements; nothing else is loaded.
MAIL_POLICY = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:"],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": SANDBOX.split(),
}
# What a page that has such a frame adds to its policy.
FRAMES = {"frame-src": [SELF]}


def in_frame(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Return the view for the frame's own page."""
    kept = csp(MAIL_POLICY)(view)
    return wraps(view)(xframe_options_sameorigin(kept))


def with_frame(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Return the view of a page that has such a frame in it."""
    return csp_update(FRAMES)(view)


def page_of(html: str) -> HttpResponse:
    """Return a mail's HTML as a page whose links open in a tab of their own."""
    return HttpResponse(html.replace("<head>", '<head><base target="_blank">', 1))
