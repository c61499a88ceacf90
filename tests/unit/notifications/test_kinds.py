"""The registry of kinds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from classwaves_admin.notifications import kinds

NOW = datetime(2025, 3, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start from an empty registry."""
    monkeypatch.setattr(kinds, "_KINDS", {})


def nothing(**_: Any) -> dict[str, str]:
    """Build a mail without secrets."""
    return {}


def test_a_registered_kind_builds_its_secrets() -> None:
    """The builder is told what the mail refers to and when."""
    kinds.register("consent.invitation", lambda *, refers_to, now: {"link": f"{refers_to} {now:%Y}"}, secrets=("link",))
    assert kinds.get("consent.invitation").build(refers_to="i-1", now=NOW) == {"link": "i-1 2025"}


def test_secrets_that_were_not_declared_are_refused() -> None:
    """Only declared names have a placeholder in the kept copy, so others must not slip in."""
    kinds.register("consent.invitation", lambda **_: {"code": "123456"}, secrets=("link",))
    with pytest.raises(ValueError, match="exactly: link") as refusal:
        kinds.get("consent.invitation").build(refers_to="i-1", now=NOW)
    assert "123456" not in str(refusal.value)


def test_a_name_is_taken_once() -> None:
    """Two apps cannot send different mails under one name."""
    kinds.register("consent.invitation", nothing)
    with pytest.raises(ValueError, match="already"):
        kinds.register("consent.invitation", nothing)


@pytest.mark.parametrize("name", ["invitation", "../etc/passwd", "Consent.invitation", "a.b.c", "consent."])
def test_a_name_has_two_plain_parts(name: str) -> None:
    """A name is also a path of templates."""
    with pytest.raises(ValueError, match=r"app\.mail"):
        kinds.register(name, nothing)


def test_an_unknown_kind_is_an_error() -> None:
    """A mistyped kind fails where the mail is queued."""
    with pytest.raises(kinds.UnknownKind):
        kinds.get("consent.invitation")


def test_a_reason_is_a_code() -> None:
    """Reasons are stored and shown: no free text, which could hold a name."""
    assert kinds.NoLongerWanted("answered_already").reason_code == "answered_already"
    with pytest.raises(ValueError, match="code"):
        kinds.NoLongerWanted("Zoë has answered")
