"""The contract of the warehouse names every queryset method, lookup and expression that the product uses."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import models
from django.db.models import QuerySet, expressions, functions

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT / "tests" / "warehouse" / "contract"
CODE = ("audit", "classwaves_admin", "consent", "retention")
# The backends speak of Django's own classes; migrations ask no questions.
NOT_PRODUCT = {"databricks", "postgresql", "migrations"}

METHODS = {name for name in dir(QuerySet) if not name.startswith("_") and callable(getattr(QuerySet, name))}
FIELDS = [thing for thing in vars(models).values() if isinstance(thing, type) and issubclass(thing, models.Field)]
LOOKUPS = {name for field in FIELDS for name in field.get_lookups()}  # type: ignore[call-arg]
EXPRESSIONS = {
    name
    for module in (models, functions, expressions)
    for name, thing in vars(module).items()
    if isinstance(thing, type) and issubclass(thing, expressions.BaseExpression | expressions.Combinable | models.Q)
}
ASKS_NOTHING = {"as_manager": "makes a manager, sends nothing", "Combinable": "a word for types"}


def product() -> Iterator[ast.AST]:
    """Yield the syntax tree of every file of the product."""
    for folder in CODE:
        for path in (ROOT / folder).rglob("*.py"):
            if NOT_PRODUCT.isdisjoint(path.parts):
                yield ast.parse(path.read_text(encoding="utf-8"))


def contract() -> Iterator[ast.AST]:
    """Yield the syntax tree of every test of the contract."""
    for path in CONTRACT.glob("test_*.py"):
        yield ast.parse(path.read_text(encoding="utf-8"))


def methods(tree: ast.AST) -> set[str]:
    """Return the queryset methods that are called in a file, and others of the same names."""
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {call.attr for call in calls if isinstance(call, ast.Attribute)} & METHODS


def lookups(tree: ast.AST) -> set[str]:
    """Return the lookups that stand in keywords and in texts such as `name__icontains`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg:
            found.add(node.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            found.add(node.value)
    return {name.rpartition("__")[2] for name in found if "__" in name.strip("_")} & LOOKUPS


def used_expressions(tree: ast.AST) -> set[str]:
    """Return Django's expressions that a file imports."""
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and (n.module or "").startswith("django.db")]
    return {alias.name for node in imports for alias in node.names} & EXPRESSIONS


@pytest.mark.parametrize("kind", [methods, lookups, used_expressions], ids=lambda kind: kind.__name__)
def test_nothing_that_the_product_uses_is_missing(kind: object) -> None:
    """Whoever uses something new asks it of every engine first: add a test to tests/warehouse/contract."""
    assert callable(kind)
    used: set[str] = set().union(*map(kind, product()))
    named: set[str] = set().union(*map(kind, contract()))
    assert used - named - ASKS_NOTHING.keys() == set()
    assert used, "the walk has found nothing"


def test_the_walk_sees() -> None:
    """The three readers find what they look for, so that an empty answer means something."""
    tree = ast.parse(
        "from django.db.models.functions import Lower\n"
        "rows = School.objects.filter(name__icontains='x', **{'created_at__lte': at}).in_bulk()"
    )
    assert methods(tree) == {"filter", "in_bulk"}
    assert lookups(tree) == {"icontains", "lte"}
    assert used_expressions(tree) == {"Lower"}
