from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PRODUCTION = dict(
    line.split("=", 1)
    for line in (ROOT / "tools" / "production-check.env").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
)
SHOW = (
    "from classwaves_admin import settings as s; "
    "print(s.EMAIL_HOST, s.EMAIL_USE_TLS, s.SESSION_COOKIE_SECURE, s.STAFF_MFA_REQUIRED, s.PASSWORD_HASHERS[0])"
)


def settings_of(tmp_path: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """Load the settings of production in a process of its own, with `changes` to the variables."""
    env = {"PATH": os.environ["PATH"], **PRODUCTION, "ENV_FILE": os.devnull, "VAR_DIR": str(tmp_path), **changes}
    return subprocess.run([sys.executable, "-c", SHOW], cwd=ROOT, env=env, check=False, capture_output=True, text=True)


def test_production_is_locked_down(tmp_path: Path) -> None:
    """Production sends mail over TLS, marks cookies secure, asks for a second factor and hashes with Argon2."""
    assert settings_of(tmp_path).stdout.split() == [
        "mail.example.org",
        "True",
        "True",
        "True",
        "django.contrib.auth.hashers.Argon2PasswordHasher",
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SECRET_KEY": ""}, "Set SECRET_KEY (or SECRET_KEY_FILE)"),
        ({"TOKEN_KEY": "short"}, "TOKEN_KEY must have at least 50 characters."),
        ({"PORTAL_URL": ""}, "Set PORTAL_URL (or PORTAL_URL_FILE)"),
        ({"PORTAL_URL": "http://privacy.example.org"}, "PORTAL_URL must start with https:// in production."),
        ({"PORTAL_URL": "privacy.example.org"}, "PORTAL_URL must be an address such as"),
        ({"EMAIL_URL": ""}, "Set EMAIL_URL (or EMAIL_URL_FILE)"),
        ({"CLASSWAVES_ENV": "staging"}, "CLASSWAVES_ENV must be one of development, test, production"),
        ({"GOOGLE_CLIENT_ID": "client"}, "Set GOOGLE_CLIENT_SECRET (or GOOGLE_CLIENT_SECRET_FILE)"),
    ],
)
def test_production_refuses_what_is_missing_or_wrong(tmp_path: Path, changes: dict[str, str], sentence: str) -> None:
    """A missing or wrong value stops the start with one sentence and never repeats a secret."""
    done = settings_of(tmp_path, **changes)
    assert done.returncode == 1
    assert f"ImproperlyConfigured: {sentence}" in done.stderr
    assert PRODUCTION["SECRET_KEY"] not in done.stderr
