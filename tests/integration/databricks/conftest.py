"""Connections to a warehouse that misbehaves."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytest_django import DjangoDbBlocker

from classwaves_admin.databricks import oauth
from classwaves_admin.databricks.address import settings_of
from classwaves_admin.databricks.base import DatabaseWrapper
from tests.integration.databricks.misbehaving import PATH, Misbehaving, running

Connect = Callable[..., DatabaseWrapper]


@pytest.fixture
def warehouse() -> Iterator[Misbehaving]:
    """Run a warehouse that does as it is told."""
    with running() as state:
        yield state


@pytest.fixture
def connect(django_db_blocker: DjangoDbBlocker) -> Iterator[Connect]:
    """Return what makes a connection of Django to a port, whose statements may take one second."""
    made: list[DatabaseWrapper] = []

    def connect(port: int, login: str = "token:t0ken", seconds: int = 1) -> DatabaseWrapper:
        settings = settings_of("URL", f"databricks://{login}@127.0.0.1:{port}/c?http_path={PATH}&tls=off", {})
        settings["OPTIONS"]["statement_seconds"] = seconds
        usual = {"ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "TIME_ZONE": None, "TEST": {"NAME": None}}
        wrapper = DatabaseWrapper(
            {**usual, "CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, **settings}, alias="warehouse_trouble"
        )
        wrapper.inc_thread_sharing()
        made.append(wrapper)
        return wrapper

    with django_db_blocker.unblock():  # none of the portal's databases is touched
        yield connect
    for wrapper in made:
        wrapper.answered_at = 0.0  # the server may be gone
        wrapper.close()
    oauth.forget()
