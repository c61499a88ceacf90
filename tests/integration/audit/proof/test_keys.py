"""The key that signs: made by a command, checked at the start."""

from __future__ import annotations

import base64
from io import StringIO

from django.core.management import call_command
from pytest_django import Settings

from audit.checks import BAD_KEY, NO_KEY, check_keys, check_signing
from audit.proof.keys import new_key, public_keys, signing_key
from audit.proof.verifier import is_signed


def test_the_command_makes_a_key_that_signs(settings: Settings) -> None:
    """What it prints is a setting; the private key stands in one line alone, and how to change keys beside it."""
    old = signing_key()
    assert old is not None
    out, told = StringIO(), StringIO()
    call_command("make_seal_key", stdout=out, stderr=told)
    name, _, value = out.getvalue().strip().partition("=")
    assert name == "AUDIT_SEAL_KEY"
    assert value not in told.getvalue()
    assert old.public_text in told.getvalue()
    settings.AUDIT_SEAL_KEY = value
    key = signing_key()
    assert key is not None
    record = {"key": key.id, "number": 1}
    assert is_signed(record, key.sign(record), public_keys())
    assert not is_signed(record | {"number": 2}, key.sign(record), public_keys())


def test_the_private_key_shows_nowhere() -> None:
    """Neither repr nor str of a key has it."""
    key = signing_key()
    assert key is not None
    secret = base64.b64encode(key.private.private_bytes_raw()).decode()
    assert secret not in f"{key!r} {key}"


def test_checks(settings: Settings) -> None:
    """No key is a warning of production; a key that cannot be read is an error everywhere, without the key in it."""
    assert check_keys() == check_signing() == []
    settings.AUDIT_SEAL_KEY = ""
    assert [one.id for one in check_signing()] == [NO_KEY]
    for bad in ("c2hvcnQ=", "no base64!"):
        settings.AUDIT_SEAL_KEY = bad
        assert [one.id for one in check_keys()] == [BAD_KEY]
        assert bad not in str(check_keys()[0])
        assert check_signing() == []
    settings.AUDIT_SEAL_KEY = new_key()[0]
    settings.AUDIT_SEAL_PAST_KEYS = ["short"]
    assert [one.id for one in check_keys()] == [BAD_KEY]
