"""The development `.env`: written once, with secrets of its own."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

from tools.places import DOTENV
from tools.terminal import say

TEXT = """\
# Made by the set-up for development on this machine; never commit it.
# docs/configuration.md lists every variable.
CLASSWAVES_ENV=development
SECRET_KEY={secret}
TOKEN_KEY={token}
AUDIT_SEAL_KEY={seal}
"""


def ensure(path: Path = DOTENV) -> None:
    """Write `.env`, readable by this user alone, where there is none."""
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        seal = base64.b64encode(secrets.token_bytes(32)).decode()  # any 32 bytes are an Ed25519 key (RFC 8032)
        file.write(TEXT.format(secret=secrets.token_urlsafe(48), token=secrets.token_urlsafe(48), seal=seal))
    draft.rename(path)
    say("Wrote .env with fresh secrets for development.")
