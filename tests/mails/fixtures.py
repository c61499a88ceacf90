"""Fixtures of all tests that send mail; the folders' conftest.py import them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from classwaves_admin.notifications import kinds
from classwaves_admin.tenancy.scope import system_scope
from tests.mails.server import HOST, Server
from tests.mails.trial import KIND, Trial, with_templates


@pytest.fixture
def trial(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trial]:
    """Register the kind `trial.hello` with its templates, inside the worker's scope."""
    settings.TEMPLATES = with_templates(settings.TEMPLATES)
    kind = Trial()
    monkeypatch.setitem(kinds._KINDS, KIND, kind.kind())
    with system_scope(reason="tests act as the worker"):
        yield kind


@pytest.fixture
def smtp(settings: Settings) -> Iterator[Server]:
    """Start an SMTP server and let Django send to it."""
    server = Server()
    server.start()
    settings.EMAIL_BACKEND = "classwaves_admin.notifications.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = HOST, server.port
    settings.EMAIL_TIMEOUT = 5
    try:
        yield server
    finally:
        server.stop()
