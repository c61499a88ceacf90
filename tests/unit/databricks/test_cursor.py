"""Which statements are sent a second time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from databricks.sql import exc

from classwaves_admin.databricks.cursor import Cursor
from classwaves_admin.databricks.errors import OperationalError

INSERT = "INSERT INTO a.b VALUES (1)"
BUSY = exc.RequestError("busy", {"http-code": 503})
SESSION = exc.DatabaseError("Invalid SessionHandle")


class _Connectors:
    """A cursor of the connector: fails each time, before or after the server has given the statement its id."""

    rowcount, description = -1, None

    def __init__(self, error: Exception, *, begun: bool) -> None:
        self.error, self.begun, self.sent = error, begun, 0
        self.active_command_id: Any = SimpleNamespace(to_hex_guid=lambda: "that of the last statement")

    def execute(self, *_said: object, **_tags: object) -> None:
        self.sent += 1
        if self.begun:
            self.active_command_id = SimpleNamespace(to_hex_guid=lambda: "01")
        raise self.error


def _sent(sql: str, error: Exception, *, begun: bool) -> int:
    connectors = _Connectors(error, begun=begun)
    connection = SimpleNamespace(cursor=lambda **_sizes: connectors)
    connectors.connection = connection  # type: ignore[attr-defined]
    wrapper: Any = SimpleNamespace(session=lambda: connection, session_lost=lambda _failure: None, answered_at=0.0)
    with pytest.raises(OperationalError):
        Cursor(wrapper).execute(sql)
    return connectors.sent


@pytest.mark.parametrize("error", [BUSY, SESSION, ConnectionResetError("cut")])
def test_a_plain_insert_that_has_begun_is_sent_once(error: Exception) -> None:
    """A 503, or a lost session, may answer the question after a statement that goes on running."""
    assert _sent(INSERT, error, begun=True) == 1


@pytest.mark.parametrize("error", [BUSY, SESSION])
def test_a_plain_insert_that_was_turned_away_is_sent_again(error: Exception) -> None:
    """The server said no before it gave an id; the id of the statement before does not count."""
    assert _sent(INSERT, error, begun=False) > 1


def test_a_read_is_sent_again_even_where_it_has_begun() -> None:
    """It changes nothing."""
    assert _sent("SELECT 1", BUSY, begun=True) > 1
