"""How many statements each page of the portal sends to the warehouse: three at most, whatever the number of rows."""

from __future__ import annotations

from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classwaves_admin.accounts.roles import PERMISSIONS, Role
from tests.architecture.routes import Route
from tests.architecture.test_urls import GUARDED, MOST_QUERIES
from tests.architecture.world import World
from tools.bench.figures import Figure


def measure() -> list[Figure]:
    """Return the number of statements of each page that people sign in for, with rows behind it."""
    world = World()
    world.add_rows(2)
    return [_figure(route, world) for route in GUARDED]


def _figure(route: Route, world: World) -> Figure:
    declaration = route.declaration
    role = next(
        role for role in (*Role, Role.SUPER_ADMIN) if declaration and declaration.permission in PERMISSIONS[role]
    )
    browser, address = Client(SERVER_NAME="127.0.0.1"), route.address(world.parts)
    browser.force_login(world.people[role])
    method = "POST" if browser.get(address).status_code == 405 else "GET"  # noqa: PLR2004 - HTTP: a form alone asks
    with CaptureQueriesContext(connections["warehouse"]) as asked:
        browser.generic(method, address).getvalue()
    number = len(asked.captured_queries)
    return Figure(f"statements of {route.name} to the warehouse", number, "", bar=MOST_QUERIES, better="lower")
