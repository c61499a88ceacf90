from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
ROWS = {
    name: (default, text)
    for name, default, text in re.findall(r"^\| `([A-Z0-9_]+)` \| (.+?) \| (.+) \|$", PAGE, flags=re.MULTILINE)
}


def read_by_settings() -> dict[str, object]:
    """Return each variable that settings.py reads, with its default where that is a plain value, else `...`."""
    found: dict[str, object] = {}
    for node in ast.walk(ast.parse((ROOT / "classwaves_admin" / "settings.py").read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "env" and node.args):
            continue
        name, *rest = node.args
        if isinstance(name, ast.Constant):
            found[str(name.value)] = rest[0].value if rest and isinstance(rest[0], ast.Constant) else ...
    return found


def read_by_procfile() -> dict[str, str]:
    """Return each variable of the Procfile with its default."""
    return dict(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", (ROOT / "Procfile").read_text(encoding="utf-8")))


def test_the_page_lists_every_variable_and_no_other() -> None:
    """docs/configuration.md has a row for each variable that is read, and none for one that is gone."""
    assert sorted(ROWS) == sorted({"ENV_FILE", *read_by_settings(), *read_by_procfile()})


@pytest.mark.parametrize(
    ("name", "default"),
    [pair for pair in {**read_by_settings(), **read_by_procfile()}.items() if pair[1] is not ... and pair[1] != ""],
)
def test_the_page_tells_the_default(name: str, default: object) -> None:
    """The default in the table is the one in the code."""
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    assert ROWS[name][0] == f"`{shown}`"


def test_the_example_names_only_known_variables() -> None:
    """.env.example sets no variable that the portal does not read."""
    names = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert {name.removesuffix("_FILE") for name in names} <= set(ROWS)
