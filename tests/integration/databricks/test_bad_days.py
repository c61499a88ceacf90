"""What a person and a worker meet when the warehouse, or the way to it, is not well."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError
from django.db import ProgrammingError as DjangoProgrammingError

from classwaves_admin.databricks import errors, tags
from classwaves_admin.databricks.base import DatabaseWrapper
from classwaves_admin.databricks.merge import merge_sql
from classwaves_admin.databricks.patience import LONG, Patience, patience
from tests.integration.databricks.misbehaving import Cut, Fails, Hang, Misbehaving, Runs, Silent, Status, Waits

Connect = Callable[..., DatabaseWrapper]
READ = "SELECT 1"
WRITE = "UPDATE a.b SET n = 1"
MERGE = merge_sql(lambda name: f"`{name}`", "a", [("id", "STRING"), ("n", "INT")], keys=["id"], update=["n"]) % "''"
# One statement may take a second, so a page is told after: its tries, and a second of waiting for an answer.
WEB_SECONDS = 4.0


def ask(wrapper: DatabaseWrapper, sql: str = READ) -> Any:
    """Run one statement and return its first row."""
    with wrapper.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()


@contextmanager
def failing(kind: type[errors.Told], within: float = WEB_SECONDS) -> Iterator[Any]:
    """Expect Django's exception with ours of `kind` as its cause, in time."""
    begun = time.monotonic()
    with pytest.raises(DatabaseError) as caught:
        yield caught
    cause = caught.value.__cause__
    assert type(cause) is kind
    assert cause.__suppress_context__ or cause.__context__ is None  # the connector's words are not in a traceback
    assert time.monotonic() - begun < within


def test_a_session_is_opened_with_our_rules(warehouse: Misbehaving, connect: Connect) -> None:
    """UTC, ANSI, the limit of a statement and the catalog's tag travel with the session and each statement."""
    with tags.tagged("audit:search"):
        assert ask(connect(warehouse.port, seconds=7)) == (1,)
    (session,) = warehouse.sessions
    assert {name: session[name] for name in ("TIMEZONE", "ANSI_MODE", "STATEMENT_TIMEOUT")} == {
        "TIMEZONE": "UTC",
        "ANSI_MODE": "true",
        "STATEMENT_TIMEOUT": "7",
    }
    assert warehouse.statements[0].confOverlay["query_tags"] == r"app:classwaves_admin,for:audit\:search"
    assert "ClassWaves-admin" in warehouse.headers[0]["user-agent"]
    assert {header["authorization"] for header in warehouse.headers} == {"Bearer t0ken"}


@pytest.mark.parametrize("code", [429, 503])
def test_a_starting_warehouse_is_asked_again_as_it_wishes(warehouse: Misbehaving, connect: Connect, code: int) -> None:
    """429 and 503 are tried again after Retry-After, for a write too: the warehouse took nothing."""
    wrapper = connect(warehouse.port)
    ask(wrapper)
    warehouse.will("ExecuteStatement", Status(code, (("Retry-After", "1"),)))
    begun = time.monotonic()
    ask(wrapper, WRITE)
    assert 1.0 <= time.monotonic() - begun < WEB_SECONDS
    assert warehouse.calls["ExecuteStatement"] == 3


def test_a_page_does_not_wait_for_a_long_start(warehouse: Misbehaving, connect: Connect) -> None:
    """Asked to come back in half a minute, a web request says at once that the warehouse is waking."""
    warehouse.will("OpenSession", *[Status(503, (("Retry-After", "30"),))] * 5)
    with failing(errors.WarehouseWaking, within=2.0):
        ask(connect(warehouse.port))
    assert warehouse.calls["OpenSession"] == 1


def test_a_worker_waits_longer(warehouse: Misbehaving, connect: Connect) -> None:
    """With long patience the same warehouse is asked until it is awake."""
    warehouse.will("OpenSession", *[Status(503, (("Retry-After", "1"),))] * 4)
    begun = time.monotonic()
    with patience(LONG):
        assert ask(connect(warehouse.port)) == (1,)
    assert 4.0 <= time.monotonic() - begun < LONG.seconds
    assert warehouse.calls["OpenSession"] == 5


@pytest.mark.parametrize("code", [401, 403])
@pytest.mark.parametrize("method", ["OpenSession", "ExecuteStatement"])
def test_a_refused_token_is_told_at_once(warehouse: Misbehaving, connect: Connect, code: int, method: str) -> None:
    """An expired or revoked token is TokenRefused, without a second try and without the token."""
    warehouse.will(method, Status(code, (("x-databricks-reason-phrase", "Invalid access token."),)))
    with failing(errors.TokenRefused, within=2.0) as caught:
        ask(connect(warehouse.port))
    assert "Invalid access token." in str(caught.value)
    assert "t0ken" not in str(caught.value)
    assert warehouse.calls[method] == 1


def test_no_server_is_told_quickly(connect: Connect) -> None:
    """A refused connection is Unreachable within the short patience of a page."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with failing(errors.Unreachable) as caught:
        ask(connect(port))
    assert str(caught.value) == "The warehouse cannot be reached: no connection."


def test_an_unknown_host_is_told(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that cannot be resolved is Unreachable."""

    def unknown(*_args: Any, **_named: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    wrapper = connect(9)
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with failing(errors.Unreachable) as caught:
        ask(wrapper)
    assert "the name of its host is unknown" in str(caught.value)


def test_a_server_without_tls_is_told(warehouse: Misbehaving, connect: Connect) -> None:
    """Where TLS is expected and the other side has none, it is said."""
    wrapper = connect(warehouse.port)
    wrapper.settings_dict["OPTIONS"]["tls"] = True
    with failing(errors.Unreachable) as caught:
        ask(wrapper)
    assert "TLS failed" in str(caught.value)


@pytest.mark.parametrize("method", ["OpenSession", "ExecuteStatement"])
def test_silence_ends(warehouse: Misbehaving, connect: Connect, method: str) -> None:
    """A server that does not answer holds a page for little more than one statement's time."""
    warehouse.will(method, *[Hang()] * 5)
    with failing(errors.Unreachable, within=5.0) as caught:
        ask(connect(warehouse.port), WRITE)
    assert "no answer in time" in str(caught.value)


@pytest.mark.parametrize("fault", [Cut(), Silent()])
def test_a_write_whose_answer_was_cut_is_not_sent_twice(warehouse: Misbehaving, connect: Connect, fault: Any) -> None:
    """Nobody knows whether it ran, so the caller is told instead."""
    wrapper = connect(warehouse.port)
    ask(wrapper)
    warehouse.will("ExecuteStatement", fault)
    with failing(errors.Unreachable):
        ask(wrapper, WRITE)
    assert [each.statement for each in warehouse.statements].count(WRITE) == 1


@pytest.mark.parametrize("fault", [Cut(), Silent()])
@pytest.mark.parametrize("sql", [READ, MERGE])
def test_reads_and_our_merge_are_sent_again(warehouse: Misbehaving, connect: Connect, sql: str, fault: Any) -> None:
    """A statement that changes nothing the second time survives a cut."""
    warehouse.will("ExecuteStatement", fault)
    assert ask(connect(warehouse.port), sql) == (1,)
    assert [each.statement for each in warehouse.statements].count(sql) == 2


def test_only_our_merge_is_tried_again_after_a_conflict(warehouse: Misbehaving, connect: Connect) -> None:
    """A concurrent change is ConcurrentChange, and a MERGE of ours comes through at a second try."""
    conflict = Fails("[DELTA_CONCURRENT_APPEND] Transaction conflict detected. SQLSTATE: 2D521")
    wrapper = connect(warehouse.port)
    warehouse.will("ExecuteStatement", conflict)
    assert ask(wrapper, MERGE) == (1,)
    warehouse.will("ExecuteStatement", conflict)
    with failing(errors.ConcurrentChange):
        ask(wrapper, WRITE)


@pytest.mark.parametrize("sql", [READ, WRITE])
def test_an_ended_session_is_replaced(warehouse: Misbehaving, connect: Connect, sql: str) -> None:
    """A session that the server has ended is opened anew, and the statement, which did not run, is sent again."""
    wrapper = connect(warehouse.port)
    ask(wrapper)
    warehouse.will("ExecuteStatement", Fails("Invalid SessionHandle: SessionHandle [0]"))
    assert ask(wrapper, sql) == (1,)
    assert warehouse.calls["OpenSession"] == 2


def test_an_error_of_the_statement_is_not_tried_again(warehouse: Misbehaving, connect: Connect) -> None:
    """A wrong statement is told once, with the server's words and the query's id."""
    warehouse.will("ExecuteStatement", Fails("[TABLE_OR_VIEW_NOT_FOUND] No `a`.`b`. SQLSTATE: 42P01"))
    with failing(errors.ProgrammingError) as caught:
        ask(connect(warehouse.port))
    assert isinstance(caught.value, DjangoProgrammingError)
    assert str(caught.value).startswith("[TABLE_OR_VIEW_NOT_FOUND] No `a`.`b`. SQLSTATE: 42P01 (query ")
    assert getattr(caught.value.__cause__, "query_id", "")
    assert warehouse.calls["ExecuteStatement"] == 1


@pytest.mark.parametrize(("fault", "kind"), [(Runs(), errors.OperationalError), (Waits(), errors.WarehouseWaking)])
def test_a_statement_ends_although_the_server_keeps_answering(
    warehouse: Misbehaving, connect: Connect, fault: Any, kind: type[errors.Told]
) -> None:
    """A statement that runs or queues for ever is cancelled when its time is over."""
    warehouse.will("ExecuteStatement", fault)
    warehouse.will("GetOperationStatus", *[fault] * 1_000)
    with patience(Patience(1, 0)), failing(kind):
        ask(connect(warehouse.port), WRITE)
    assert warehouse.calls["CancelOperation"] == 1


def test_a_lost_server_is_no_burden_when_the_request_ends(warehouse: Misbehaving, connect: Connect) -> None:
    """After a failure on the way the session is dropped without a word, and the next request opens another."""
    wrapper = connect(warehouse.port)
    ask(wrapper)
    warehouse.will("ExecuteStatement", Hang())
    with failing(errors.Unreachable), patience(Patience(1, 0)):
        ask(wrapper)
    begun = time.monotonic()
    wrapper.close_if_unusable_or_obsolete()
    assert time.monotonic() - begun < 1.0
    assert wrapper.connection is None
    assert warehouse.calls["CloseSession"] == 0
    assert ask(wrapper) == (1,)


def test_a_fresh_session_is_not_asked_whether_it_lives(warehouse: Misbehaving, connect: Connect) -> None:
    """The health check of a request costs a statement only where the last answer is old."""
    wrapper = connect(warehouse.port)
    ask(wrapper)
    assert wrapper.is_usable()
    assert warehouse.calls["ExecuteStatement"] == 1
    wrapper.answered_at -= 60
    assert wrapper.is_usable()
    assert warehouse.calls["ExecuteStatement"] == 2
    wrapper.answered_at -= 60
    warehouse.will("ExecuteStatement", Fails("Invalid SessionHandle: SessionHandle [0]"))
    assert not wrapper.is_usable()


def test_closed_cursors_are_forgotten(warehouse: Misbehaving, connect: Connect) -> None:
    """The connection keeps no cursor that was closed, nor does a transaction need one."""
    wrapper = connect(warehouse.port)
    for _ in range(3):
        ask(wrapper)
    assert wrapper.connection._cursors == []
    wrapper.set_autocommit(False)
    wrapper.rollback()
    wrapper.commit()
    wrapper.set_autocommit(True)
    assert warehouse.calls["ExecuteStatement"] == 3


def test_a_service_principal_logs_in_by_oauth(warehouse: Misbehaving, connect: Connect) -> None:
    """One token serves several connections, until shortly before it ends; then a new one is asked."""
    wrappers = [connect(warehouse.port, "client:right") for _ in range(2)]
    for wrapper in wrappers:
        ask(wrapper)
    assert warehouse.tokens == 1
    assert {header["authorization"] for header in warehouse.headers} == {"Bearer made-1"}


def test_a_token_is_renewed_before_it_ends(warehouse: Misbehaving, connect: Connect) -> None:
    """An open session goes on with a new token."""
    warehouse.token_life = 1
    wrapper = connect(warehouse.port, "client:right")
    ask(wrapper)
    assert warehouse.headers[0]["authorization"] == "Bearer made-1"
    time.sleep(1)
    ask(wrapper)
    assert warehouse.calls["OpenSession"] == 1
    assert warehouse.headers[-1]["authorization"] == f"Bearer made-{warehouse.tokens}" != "Bearer made-1"


def test_a_wrong_secret_is_told_without_it(warehouse: Misbehaving, connect: Connect) -> None:
    """A secret that the workspace refuses is TokenRefused, at once."""
    with failing(errors.TokenRefused, within=2.0) as caught:
        ask(connect(warehouse.port, "client:wr0ng"))
    assert "client id or its secret" in str(caught.value)
    assert "wr0ng" not in str(caught.value)


def test_a_secret_that_was_changed_meanwhile_is_told(warehouse: Misbehaving, connect: Connect) -> None:
    """An open session whose token cannot be renewed says that the login is refused."""
    warehouse.token_life = 0.1
    wrapper = connect(warehouse.port, "client:right")
    ask(wrapper)
    warehouse.secret = "new"
    time.sleep(0.1)
    with failing(errors.TokenRefused):
        ask(wrapper)


def test_a_workspace_that_gives_no_tokens_now_is_asked_again(warehouse: Misbehaving, connect: Connect) -> None:
    """A short failure of the token endpoint is no failure of the page."""
    warehouse.will("token", Status(503))
    assert ask(connect(warehouse.port, "client:right")) == (1,)


def test_a_revoked_token_is_replaced(warehouse: Misbehaving, connect: Connect) -> None:
    """The statement that meets a revoked token fails; the next one asks for another token."""
    wrapper = connect(warehouse.port, "client:right")
    ask(wrapper)
    warehouse.refused_tokens.add("made-1")
    with failing(errors.TokenRefused):
        ask(wrapper)
    assert ask(wrapper) == (1,)
    assert warehouse.headers[-1]["authorization"] == "Bearer made-2"


def test_threads_have_their_own_sessions(warehouse: Misbehaving, connect: Connect) -> None:
    """Django refuses a connection in a thread that did not open it."""
    from threading import Thread

    wrapper = connect(warehouse.port)
    wrapper.dec_thread_sharing()
    ask(wrapper)
    seen: list[BaseException] = []

    def other() -> None:
        try:
            ask(wrapper)
        except (DatabaseError, OperationalError) as error:
            seen.append(error)

    thread = Thread(target=other)
    thread.start()
    thread.join()
    wrapper.inc_thread_sharing()
    assert "can only be used in that same thread" in str(seen[0])
