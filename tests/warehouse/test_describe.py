"""The models describe the catalog word for word."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from django.core.management import call_command

from classwaves_admin.warehouse.catalog.describe import catalog_models, describe

GOLDEN = Path(__file__).parent / "schema.json"
ROOT = Path(__file__).parents[2]


def described(form: str) -> str:
    """Return what `manage.py catalog describe` prints."""
    out = io.StringIO()
    call_command("catalog", "describe", format=form, stdout=out)
    return out.getvalue()


def test_the_json_is_the_catalogs_own() -> None:
    """Keys, order, types, nullability and descriptions are those of the committed copy, byte for byte."""
    assert described("json") == GOLDEN.read_text(encoding="utf-8")


def test_the_committed_copy_is_the_original() -> None:
    """The copy in this repository is still the description that the catalog's owners hand out."""
    original = ROOT.parent / "shared" / "schema.json"
    if not original.exists():
        pytest.skip("the original description is not beside this checkout")
    assert json.loads(GOLDEN.read_text(encoding="utf-8")) == json.loads(original.read_text(encoding="utf-8"))


def test_it_has_27_tables_and_420_columns() -> None:
    """Nothing of the catalog is left out and nothing is added."""
    tables = describe()
    assert (len(tables), sum(len(table.columns) for table in tables)) == (27, 420)


def test_markdown_shows_every_column() -> None:
    """The view for people has one line for each column and one heading for each table."""
    lines = described("markdown").splitlines()
    assert sum(line.startswith("## ") for line in lines) == 27
    assert "| participation_rate | DECIMAL(5,2) | NOT NULL | Participation % |" in lines
    assert sum(line.startswith("| ") for line in lines) == 420 + 27


@pytest.mark.parametrize("model", catalog_models(), ids=lambda model: model._meta.db_table)
def test_no_reference_cascades_or_binds(model: type) -> None:
    """Deleting a row never deletes another, and rows may arrive in any order."""
    for field in model._meta.concrete_fields:  # type: ignore[attr-defined]
        if field.remote_field:
            assert field.remote_field.on_delete.__name__ == "DO_NOTHING"
            assert field.db_constraint is False
