"""A broker that takes the call and never answers."""

from __future__ import annotations

import socket
import threading

import pytest
from celery import Celery

from classwaves_admin import settings
from classwaves_admin.notifications import actions

LONGEST_WAIT = 20.0


@pytest.mark.integration
@pytest.mark.slow
def test_a_silent_redis_holds_no_page(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Telling the worker ends by itself; the mail waits in the queue for the next look at it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        app = Celery(broker=f"redis://127.0.0.1:{silent.getsockname()[1]}/0", set_as_current=False)
        app.conf.broker_transport_options = settings.BROKER_OPTIONS["redis"]
        monkeypatch.setattr(actions, "current_app", app)
        telling = threading.Thread(target=actions.tell_worker, args=["mail-1"], daemon=True)
        telling.start()
        telling.join(LONGEST_WAIT)
        assert not telling.is_alive()
    assert "The broker cannot be reached" in caplog.text
