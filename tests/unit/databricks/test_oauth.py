"""Tokens among threads."""

from __future__ import annotations

import threading
import time

import pytest

from classwaves_admin.databricks.errors import Unreachable
from classwaves_admin.databricks.oauth import Tokens


def test_threads_that_wait_share_one_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the workspace hangs, the tenth page does not wait ten times as long as the first."""
    asked: list[float] = []

    def hang(_tokens: Tokens) -> bytes:
        asked.append(time.monotonic())
        time.sleep(0.3)
        raise Unreachable("no answer in time", untouched=True)

    monkeypatch.setattr(Tokens, "_ask", hang)
    tokens = Tokens("https://127.0.0.1/oidc", "client", "secret", timeout=1)
    failures: list[Unreachable] = []

    def page() -> None:
        try:
            tokens.header()
        except Unreachable as failure:
            failures.append(failure)

    threads = [threading.Thread(target=page) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(asked), len(failures)) == (1, 5)
    assert all(failure.untouched for failure in failures)
    with pytest.raises(Unreachable):  # one that comes later asks anew
        tokens.header()
    assert len(asked) == 2
