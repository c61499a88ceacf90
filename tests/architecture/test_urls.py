"""Walks every address: who may open it, what they see of other schools, and which audit event it leaves.

A new route is walked without a change here. Where it takes a part that the walk cannot fill in, add one row of
each school for it to `parts_of` (world.py).
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.record import within_grant
from classwaves_admin.accounts.keys.rules import KeyScope
from classwaves_admin.accounts.models import ApiKey, User
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.roles import PERMISSIONS, WITHIN_A_GRANT, Role
from classwaves_admin.inventory.rules.reading import ASKS, COUNTS, READS
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.inventory import tables
from classwaves_admin.warehouse.models import AuditLog, Teacher
from classwaves_admin.warehouse.outbox import delivery
from tests.architecture.routes import Route, all_routes
from tests.architecture.walk import alone, names, portions
from tests.architecture.world import OTHER_CHILD, OUR_CHILD, World
from tests.factories import keys, made, people, support

ROUTES = all_routes()
OURS = [route for route in ROUTES if not route.of_library]
GUARDED = [route for route in OURS if route.declaration and route.declaration.permission]
SUPPORT = [route for route in GUARDED if route.declaration and route.declaration.permission in WITHIN_A_GRANT]
# An auditor reads names in the log and in reports; records, requests about data and holds stay closed.
WITH_NAMES = {Permission.SEE_AUDIT, Permission.DOWNLOAD_REPORTS}
READ_BY_AUDITORS = [route for route in GUARDED if route.declaration and route.declaration.permission in WITH_NAMES]
KEYED = [route for route in OURS if route.declaration and route.declaration.scope]
OPEN = [route for route in OURS if route.declaration and route.declaration.why]
# DESIGN: a query to a warehouse costs a tenth of a second or more.
MOST_QUERIES = 3
# Of both databases together, those for the session and the person's access among them.
MOST_IN_ALL = 30
READING = re.compile(r"[( ]*SELECT", re.IGNORECASE)
TABLE = re.compile(r'(?:FROM|JOIN) "([a-z_]+\.[a-z_]+)"')
CATALOG = frozenset(entry.name for entry in tables())
ANSWERS = {200, 302, 400, 405, 409, 422}
ASKS_AGAIN = {
    "key-new",
    "key-revoke",
    "audit-take-away",
    "report-auditor-pack",
    "made-download",
    "made-delete",
    "paper-print",
    "run-approve",
    "hold-release",
    "policy-change-make",
    "standard-change-make",
    "request-deletion-approve",
    "agreement-sign",
    "agreement-take-back",
    "school-move-agree",
    "school-move-make",
    "district-active",
    "staff-change",
    "member-change",
    "member-end",
    "member-suspend",
    "invitation-new",
    "review-decide",
    "review-pdf",
    "support-new",
    "support-grant",
    "support-enter",
}
FILES = {"export.created", "report.generated", "report.downloaded"}
# What tables there are and which companies work for us: no person stands in these files.
FILES_OF_NOBODY = {"inventory-csv", "inventory-pdf", "subprocessors-csv"}


@pytest.fixture
def world(db: Any) -> World:
    """Save two schools with their people, in the catalog too: what waits would be delivered for each route anew."""
    cache.clear()
    world = World()
    delivery.deliver()
    return world


def signed_in(user: User) -> Client:
    """Return a browser in which the person is signed in."""
    client = Client(raise_request_exception=True)
    client.force_login(user)
    return client


def events_of_key(key: ApiKey) -> Counter[str]:
    """Return how many events of each name a key left."""
    delivery.deliver()
    with inside(EVERYTHING):
        own = AuditLog.objects.filter(actor_id=f"key:{key.pk}")
        return Counter(own.values_list("event_type", flat=True))


def events_of(user: User) -> Counter[str]:
    """Return how many events of each name this person left."""
    delivery.deliver()
    with inside(EVERYTHING):
        own = [user.pk, *Teacher.objects.filter(email=user.email).values_list("id", flat=True)]
        return Counter(AuditLog.objects.filter(actor_id__in=own).values_list("event_type", flat=True))


@dataclass(frozen=True)
class Cost:
    """How many reading statements one GET sends to each database, and which tables of the catalog they read."""

    queries: dict[str, int]
    tables: frozenset[str]


def cost(browser: Client, address: str, headers: dict[str, str] | None = None) -> Cost:
    """Return what one GET costs."""
    found = {}
    with ExitStack() as stack:
        logs = {name: stack.enter_context(CaptureQueriesContext(connections[name])) for name in connections}
        browser.get(address, headers=headers)
    for name, log in logs.items():
        found[name] = [query["sql"] for query in log.captured_queries if READING.match(query["sql"])]
    tables = frozenset(table for sql in found["warehouse"] for table in TABLE.findall(sql))
    return Cost({name: len(queries) for name, queries in found.items()}, tables & CATALOG)


def ids(routes: list[Route]) -> list[str]:
    """Return what a failing test is called by."""
    return [route.name or route.pattern for route in routes]


def test_every_route_has_a_name_and_declares_who_may_open_it(subtests: pytest.Subtests) -> None:
    """A route without a declaration fails: write guarded(...) or open_to_all(...) where it is routed."""
    for route in OURS:
        with subtests.test(route.pattern):
            assert route.name, f"{route.pattern} needs a name."
            assert route.declaration, (
                f"{route.pattern} must be wrapped in guarded(), keyed() or open_to_all() (accounts/routing.py)."
            )
            said = [route.declaration.permission, route.declaration.scope, route.declaration.why]
            assert sum(map(bool, said)) == 1, f"{route.pattern} needs a permission, a scope, or a why."


@pytest.mark.django_db(databases=["default", "warehouse"])
def test_anonymous_people_are_sent_to_sign_in(world: World, subtests: pytest.Subtests) -> None:
    """Nobody reaches a guarded page without signing in, by any method."""
    for route, method in product(GUARDED, ("get", "post")):
        with alone(subtests, route, method):
            response = getattr(Client(), method)(route.address(world.parts))
            assert response.status_code == 302
            assert response["Location"].startswith(reverse("account_login"))


@pytest.mark.django_db(databases=["default", "warehouse"])
@pytest.mark.parametrize("routes", portions(GUARDED), ids=names)
def test_roles_without_the_permission_are_refused_and_it_is_audited(
    routes: list[Route], world: World, subtests: pytest.Subtests
) -> None:
    """Each role that lacks the permission gets 403, by any method, which leaves auth.access_denied."""
    for route, method, role in product(routes, ("get", "post"), Role):
        assert route.declaration
        if route.declaration.permission in PERMISSIONS[role]:
            continue
        with alone(subtests, route, method, role):
            response = getattr(signed_in(world.people[role]), method)(route.address(world.parts))
            assert response.status_code == 403, f"{role} reached {route.pattern}"
            assert events_of(world.people[role])["auth.access_denied"], f"{role} at {route.pattern} left no denial"


@pytest.mark.django_db(databases=["default", "warehouse"])
@pytest.mark.parametrize("routes", portions(GUARDED), ids=names)
def test_the_right_roles_get_their_own_school_and_nothing_of_another(
    routes: list[Route], world: World, subtests: pytest.Subtests
) -> None:
    """Holders of the permission are answered, see no other school's child, and leave the declared event."""
    for route, role in product(routes, Role):
        assert route.declaration
        if route.declaration.permission in PERMISSIONS[role]:
            made.put_back()  # a route before this one deletes files, which no transaction brings back
            with alone(subtests, route, role):
                is_answered_with_its_own(route, route.declaration.audits, role, world)


def is_answered_with_its_own(route: Route, audits: str | None, role: Role, world: World) -> None:
    """Open a route as a role that may, and look at what it shows and leaves in the log."""
    user = world.people[role]
    before = events_of(user)
    browser, address = people.confirmed(signed_in(user)), route.address(world.parts)
    response = browser.get(address)
    if response.status_code == 405 and audits:  # what is taken away is asked for by a form
        response = browser.post(address)
    page = response.getvalue().decode(errors="replace")
    gone = "entry_id" in route.parts or role is Role.SUPER_ADMIN  # a school's row is not ClassWaves' to see
    assert response.status_code in ANSWERS | {404 if gone else 200}, f"{role} {route.pattern}"
    assert OTHER_CHILD not in page, f"{route.pattern} shows another school's child to {role}"
    if role is Role.SUPER_ADMIN:
        assert OUR_CHILD not in page, f"{route.pattern} shows a child to ClassWaves without a grant."
    if OUR_CHILD in page:
        assert audits, f"{route.pattern} shows a child and declares no audit event."
        assert role is not Role.AUDITOR or route in READ_BY_AUDITORS, f"{route.pattern} shows a child to an auditor."
    if audits and response.status_code == 200 and not (is_fresh(route) and only_begins(page)):
        new = events_of(user) - before
        assert is_left(audits, new), f"{role} at {route.pattern} left only {new}"


def is_fresh(route: Route) -> bool:
    """Tell whether the route asks who it is again."""
    return route.declaration is not None and route.declaration.fresh


def only_begins(page: str) -> bool:
    """Tell whether a page shows no child and has a form: what that begins leaves the event when it is sent."""
    return OUR_CHILD not in page and 'method="post"' in page.partition("<main")[2].partition("</main>")[0]


def is_left(audits: str, new: Counter[str]) -> bool:
    """Tell whether the declared event is there; a file that was made is a report or an export."""
    return bool(new[audits] or (audits == "report.downloaded" and new["export.downloaded"]))


@pytest.mark.django_db(databases=["default", "warehouse"])
def test_what_is_hard_to_take_back_asks_who_it_is_again(world: World, subtests: pytest.Subtests) -> None:
    """Without a fresh second factor neither the page nor the form: exports, deletions, keys, roles, support access."""
    declared = {route.name for route in GUARDED if route.declaration and route.declaration.fresh}
    assert declared >= ASKS_AGAIN
    files = {route.name for route in GUARDED if route.declaration and route.declaration.audits in FILES}
    assert files - declared == FILES_OF_NOBODY
    for route, method in product(GUARDED, ("get", "post")):
        if route.declaration is None or not route.declaration.fresh:
            continue
        role = next(role for role in Role if route.declaration.permission in PERMISSIONS[role])
        with alone(subtests, route, method):
            response = getattr(signed_in(world.people[role]), method)(route.address(world.parts))
            assert response.status_code == 302
            assert response["Location"].startswith(reverse("mfa_reauthenticate"))


@pytest.mark.django_db(databases=["default", "warehouse"])
@pytest.mark.parametrize("routes", portions(GUARDED), ids=names)
def test_no_page_costs_more_when_rows_double(routes: list[Route], world: World, subtests: pytest.Subtests) -> None:
    """At most three warehouse queries a page and thirty in all, and as many of either database for twice the rows."""
    world.add_rows(3)
    few = {route: cost_of(route, world) for route in routes}
    world.add_rows(3)
    for route in routes:
        with alone(subtests, route):
            many = cost_of(route, world)
            assert_stays_small(route, few[route], many)
            assert route.declaration
            assert route.declaration.permission
            declared = READS[route.declaration.permission] | COUNTS[route.declaration.permission]
            assert_in_inventory(route, many.tables, declared)


@pytest.mark.django_db(databases=["default", "warehouse"])
def test_the_first_page_of_every_role_costs_no_more_when_rows_double(world: World, subtests: pytest.Subtests) -> None:
    """The dashboard of an office, of an auditor, of ClassWaves: within the bounds of every other page."""
    home = next(route for route in OURS if route.name == "dashboard")
    world.add_rows(3)
    few = {role: cost_for(role, home, world) for role in Role}
    world.add_rows(3)
    for role in Role:
        with alone(subtests, home, role):
            assert_stays_small(home, few[role], cost_for(role, home, world))


def assert_stays_small(route: Route, few: Cost, many: Cost) -> None:
    """See that a page asks as often for twice the rows, the warehouse three times and all together thirty at most."""
    assert few.queries == many.queries, f"{route.pattern} grows with its rows"
    asked = many.queries["warehouse"]
    assert asked <= MOST_QUERIES, f"{route.pattern} asks the warehouse {asked} times"
    together = sum(many.queries.values())
    assert together <= MOST_IN_ALL, f"{route.pattern} asks {together} times in all"


def assert_in_inventory(route: Route, tables: frozenset[str], declared: frozenset[str]) -> None:
    """See that the data inventory tells people of every table that a page reads."""
    unsaid = sorted(tables - declared)
    assert not unsaid, f"{route.pattern} reads {unsaid}: name them in classwaves_admin/inventory/rules/reading.py."


def cost_of(route: Route, world: World) -> Cost:
    """Return what a page costs the first role that may open it."""
    assert route.declaration
    role = next(role for role in (*Role, Role.SUPER_ADMIN) if route.declaration.permission in PERMISSIONS[role])
    return cost_for(role, route, world)


def cost_for(role: Role, route: Route, world: World) -> Cost:
    """Return what a page costs a role, once standing and time zones are remembered."""
    cache.clear()
    browser, address = people.confirmed(signed_in(world.people[role])), route.address(world.parts)
    browser.get(address)
    return cost(browser, address)


@pytest.mark.django_db(databases=["default", "warehouse"])
@pytest.mark.parametrize("routes", portions([route for route in GUARDED if route.parts]), ids=names)
def test_another_schools_rows_do_not_exist_for_the_right_role(
    routes: list[Route], world: World, subtests: pytest.Subtests
) -> None:
    """Wrong school is 404, so that nobody learns which ids exist; ClassWaves alone sees what every district is."""
    for route, method, role in product(routes, ("get", "post"), Role):
        assert route.declaration
        if role is Role.SUPER_ADMIN or route.declaration.permission not in PERMISSIONS[role]:
            continue
        with alone(subtests, route, method, role):
            browser = people.confirmed(signed_in(world.people[role]))
            response = getattr(browser, method)(route.address(world.other_parts))
            assert response.status_code in {404, 405}, f"{role} reached another school's {route.pattern}"


@pytest.mark.django_db(databases=["default", "warehouse"])
@pytest.mark.parametrize("routes", portions(SUPPORT), ids=names)
def test_within_a_grant_classwaves_sees_that_district_alone_and_leaves_its_mark(
    routes: list[Route], world: World, subtests: pytest.Subtests
) -> None:
    """Each page of the office: ours by our grant, 404 for the other district's, and every row has the grant's id."""
    user = world.people[Role.SUPER_ADMIN]
    for route in routes:
        made.put_back()
        with alone(subtests, route):
            browser = people.confirmed(support.entered(signed_in(user), world.parts["grant_id"]))
            before = set(rows_of(user))
            page = browser.get(route.address(world.parts))
            assert page.status_code in ANSWERS, route.pattern
            assert OTHER_CHILD not in page.getvalue().decode(errors="replace")
            if route.parts:
                assert browser.get(route.address(world.other_parts)).status_code in {404, 405}
            new = [data or "" for pk, data in rows_of(user).items() if pk not in before]
            assert all(within_grant(world.parts["grant_id"]) in data for data in new), route.pattern


def rows_of(user: User) -> dict[str, str | None]:
    """Return the details of each row that this person left."""
    delivery.deliver()
    with inside(EVERYTHING):
        return dict(AuditLog.objects.filter(actor_id=user.pk).values_list("id", "data_accessed"))


@pytest.mark.django_db(databases=["default", "warehouse"])
def test_open_pages_answer_strangers_and_show_no_child(world: World, subtests: pytest.Subtests) -> None:
    """A page that needs no account answers without an error and shows no student."""
    for route, method in product(OPEN, ("get", "head", "post")):
        with alone(subtests, route, method):
            response = getattr(Client(), method)(route.address(world.parts))
            assert response.status_code in ANSWERS | {403, 404, 410}
            page = response.getvalue().decode(errors="replace")
            assert OUR_CHILD not in page
            assert OTHER_CHILD not in page


@pytest.mark.django_db(databases=["default", "warehouse"])
def test_library_pages_answer_strangers_without_an_error(world: World, subtests: pytest.Subtests) -> None:
    """Pages of allauth render in our look for strangers, or send them to sign in."""
    for route in ROUTES:
        if route.of_library and route.name and not route.parts:
            with alone(subtests, route):
                assert Client().get(route.address({})).status_code in ANSWERS | {401, 403, 404}


@pytest.mark.django_db(databases=["default", "warehouse"])
@pytest.mark.parametrize("route", KEYED, ids=ids(KEYED))
def test_programs_without_a_good_key_are_refused(route: Route, world: World) -> None:
    """No key, a made-up one, a revoked one and one that ended: 401 in the same words. A person's cookie is no key."""
    address = route.address(world.parts)
    revoked, ended = keys.api_key(world.ours, revoked_at=now()), keys.api_key(world.ours, expires_at=now())
    strangers = [{}, keys.bearer(str(keys.new_secret())), keys.bearer(revoked[1]), keys.bearer(ended[1])]
    answers = [Client().get(address, headers=headers) for headers in strangers]
    answers.append(signed_in(world.people[Role.SUPER_ADMIN]).get(address))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0]["Content-Type"] == "application/problem+json"
    assert answers[0]["WWW-Authenticate"].startswith("Bearer")
    for key, _ in (revoked, ended):
        assert events_of_key(key)["auth.access_denied"] == 1


@pytest.mark.django_db(databases=["default", "warehouse"])
@pytest.mark.parametrize("route", KEYED, ids=ids(KEYED))
def test_a_key_without_the_scope_is_refused_and_it_is_audited(route: Route, world: World) -> None:
    """403, and the denial names the key."""
    assert route.declaration
    others = [scope for scope in KeyScope if scope is not route.declaration.scope]
    key, secret = keys.api_key(world.ours, scopes=others)
    response = Client().get(route.address(world.parts), headers=keys.bearer(secret))
    assert response.status_code == 403
    assert response.json()["code"] == "wrong_scope"
    assert events_of_key(key) == {"auth.access_denied": 1}


@pytest.mark.django_db(databases=["default", "warehouse"])
@pytest.mark.parametrize("route", KEYED, ids=ids(KEYED))
def test_a_key_asks_about_its_own_school_alone(route: Route, world: World) -> None:
    """Its school: 200, ids and codes without a name, the declared event, no cache. Another school's row: 404."""
    assert route.declaration
    assert route.declaration.audits
    key, secret = keys.api_key(world.ours, scopes=[route.declaration.scope])
    response = Client().get(route.address(world.parts), headers=keys.bearer(secret))
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    assert OUR_CHILD not in response.content.decode()
    assert events_of_key(key)[route.declaration.audits] == 1
    elsewhere = Client().get(route.address(world.other_parts), headers=keys.bearer(secret))
    assert elsewhere.status_code == 404
    assert elsewhere["Content-Type"] == "application/problem+json"
    assert elsewhere["Cache-Control"] == "no-store"


@pytest.mark.django_db(databases=["default", "warehouse"])
@pytest.mark.parametrize("route", KEYED, ids=ids(KEYED))
def test_no_answer_to_a_key_costs_more_when_rows_double(route: Route, world: World) -> None:
    """At most three warehouse queries, and as many queries of either database for twice the rows."""
    headers = keys.bearer(keys.api_key(world.ours)[1])
    address = route.address(world.parts)
    world.add_rows(3)
    Client().get(address, headers=headers)  # what the school has decided is remembered from now on
    few = cost(Client(), address, headers)
    world.add_rows(3)
    many = cost(Client(), address, headers)
    assert_stays_small(route, few, many)
    assert route.declaration
    assert route.declaration.scope
    assert_in_inventory(route, many.tables, ASKS[route.declaration.scope])
