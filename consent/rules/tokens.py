"""Mends tokens that mail programs have damaged on their way, where that can be done without guessing."""

from __future__ import annotations

import re

from classwaves_admin.lib.tokens import TOKEN_LENGTH

# What quoted-printable puts into a text: an encoded character, or a line that goes on.
_QUOTED_PRINTABLE = re.compile(r"=(?:[0-9A-F]{2}|\s*)")
_NOT_OF_A_TOKEN = re.compile(r"[^A-Za-z0-9_-]")


def mended(token: str) -> str:
    """Return a token without what does not belong to it: a full stop, a bracket, a line break, "=3D".

    Only characters that no token has are taken out, and only where a whole token is left: a token that was cut
    off stays as it is.
    """
    whole = _NOT_OF_A_TOKEN.sub("", _QUOTED_PRINTABLE.sub("", token))
    return whole if len(whole) == TOKEN_LENGTH else token
