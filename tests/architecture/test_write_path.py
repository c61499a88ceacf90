"""Only the gateway writes the catalog.

`warehouse/guard.py` refuses such writes when they run (tests/unit/warehouse/test_guard.py). This test reads the source,
so that a forbidden call fails here even where no other test runs it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from classwaves_admin.warehouse.catalog.describe import catalog_models

ROOT = Path(__file__).parents[2]
CODE = ("audit", "classwaves_admin", "consent", "retention", "tools", "manage.py")
GATEWAY = ROOT / "classwaves_admin" / "warehouse" / "outbox"
_SYNC = ("save", "delete", "create", "update", "bulk_create", "bulk_update", "get_or_create", "update_or_create")
WRITES = {"save_base", *_SYNC, *(f"a{name}" for name in _SYNC)}
CATALOG = {model.__name__ for model in catalog_models()}


def sources() -> list[Path]:
    """Return every Python file of the product but the gateway and the migrations."""
    found: list[Path] = []
    for name in CODE:
        path = ROOT / name
        found.extend([path] if path.is_file() else path.rglob("*.py"))
    return [path for path in found if GATEWAY not in path.parents and "migrations" not in path.parts]


class Writes(ast.NodeVisitor):
    """Collects the lines of one module that write a catalog model."""

    def __init__(self, tree: ast.Module) -> None:
        self.names: set[str] = set()
        self.modules: set[str] = set()
        self.rows: set[str] = set()
        self.found: list[tuple[int, str]] = []
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("classwaves_admin.warehouse"):
                self._imported(node)
        self.visit(tree)

    def _imported(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            name = alias.asname or alias.name
            if alias.name in CATALOG:
                self.names.add(name)
            elif alias.name == "models" or (node.module or "").endswith(".models"):
                self.modules.add(name)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Remember a variable that holds a row or a queryset of the catalog."""
        if self._is_catalog(node.value):
            self.rows |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        """Remember a loop's variable over rows of the catalog."""
        if self._is_catalog(node.iter) and isinstance(node.target, ast.Name):
            self.rows.add(node.target.id)
        self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> None:
        """Remember an argument that is typed as a row of the catalog."""
        if node.annotation is not None and any(self._is_model(part) for part in ast.walk(node.annotation)):
            self.rows.add(node.arg)

    def visit_Call(self, node: ast.Call) -> None:
        """Report a writing method on any of them."""
        if isinstance(node.func, ast.Attribute) and node.func.attr in WRITES and self._is_catalog(node.func.value):
            self.found.append((node.lineno, f"{ast.unparse(node.func)}()"))
        self.generic_visit(node)

    def _is_model(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Name):
            return node.id in self.names
        return (
            isinstance(node, ast.Attribute)
            and node.attr in CATALOG
            and isinstance(node.value, ast.Name)
            and node.value.id in self.modules
        )

    def _is_catalog(self, node: ast.AST) -> bool:
        """Tell whether an expression starts from a catalog model or from a row of one."""
        while True:
            if self._is_model(node) or (isinstance(node, ast.Name) and node.id in self.rows):
                return True
            if isinstance(node, ast.Attribute | ast.Subscript | ast.Await):
                node = node.value
            elif isinstance(node, ast.Call):
                node = node.func
            else:
                return False


def faults(source: str) -> list[tuple[int, str]]:
    """Return line and call of every catalog write in a module's source."""
    return Writes(ast.parse(source)).found


def raw_access(source: str) -> Iterator[int]:
    """Yield the lines that take the warehouse's own connection."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Subscript) or not ast.unparse(node.value).endswith("connections"):
            continue
        if ast.unparse(node.slice) in {"'warehouse'", "ALIAS", "WAREHOUSE_APP"}:
            yield node.lineno


def test_no_code_outside_the_gateway_writes_a_catalog_model() -> None:
    """save, delete and the rest on a catalog model stand in warehouse/outbox/ alone; actions call the gateway."""
    found = [
        f"{path.relative_to(ROOT)}:{line} {call}: use warehouse.outbox.gateway inside an action"
        for path in sources()
        for line, call in faults(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_no_code_opens_the_permission_but_the_gateway() -> None:
    """`guard.writing()` is entered by the gateway, by the factories of the tests, and by what is named here."""
    allowed = {
        "tools/bench/rows.py": "fills a warehouse of the measurement's own",
        "tools/bench/grown_rows.py": "copies the rows of the measurement's own warehouse",
    }
    guard = ROOT / "classwaves_admin" / "warehouse" / "guard.py"
    found = {
        str(path.relative_to(ROOT))
        for path in sources()
        if path != guard and ("guard.writing" in (text := path.read_text(encoding="utf-8")) or "import writing" in text)
    }
    assert found <= allowed.keys(), "write through the gateway, or name the file here with its reason"


def test_raw_connections_to_the_warehouse_are_few_and_known() -> None:
    """Whoever takes `connections["warehouse"]` can pass by the ORM: each such file is named here with its reason."""
    allowed = {
        "classwaves_admin/warehouse/management/commands/catalog.py": "describes, compares and makes tables",
        "classwaves_admin/warehouse/management/commands/warehouse_status.py": "measures the server",
        "classwaves_admin/portal/views/warehouse.py": "measures the server",
        "classwaves_admin/inventory/actions/surveys.py": "compares the catalog with what is declared",
        "classwaves_admin/warehouse/awake.py": "asks whether the server answers",
        "classwaves_admin/warehouse/trouble.py": "reads the user's name from the settings",
        "classwaves_admin/warehouse/tasks.py": "lets SQLite learn how its rows are spread",
    }
    # Programs for developers and operators, which measure or check a warehouse beside the portal.
    beside = (ROOT / "tools" / "bench", ROOT / "tools" / "verify")
    product = [path for path in sources() if not any(folder in path.parents for folder in beside)]
    found = {str(path.relative_to(ROOT)) for path in product if any(raw_access(path.read_text(encoding="utf-8")))}
    assert found <= allowed.keys(), "route the read through the ORM, or name the file here with its reason"


@pytest.mark.parametrize(
    "line",
    [
        "School(name='x').save()",
        "School.objects.create(name='x')",
        "School.objects.filter(id='x').exclude(a=1).update(name='x')",
        "School._base_manager.bulk_create([])",
        "school = School.objects.get(id='x'); school.save()",
        "for school in School.objects.all(): school.delete()",
        "def change(school: School) -> None: school.save(update_fields=['name'])",
        "def change(rows: 'QuerySet[School]') -> None: pass\nasync def f(): await School.objects.aupdate(name='x')",
        "import django\nmodels.School.objects.update(name='x')",
    ],
)
def test_the_scan_sees(line: str) -> None:
    """Each way of writing is found, so an empty result means something."""
    imports = "from classwaves_admin.warehouse.models import School\nfrom classwaves_admin.warehouse import models\n"
    assert faults(imports + line)


@pytest.mark.parametrize(
    "line", ["School.objects.get(id='x')", "Invitation.objects.create()", "gateway.update(School, 1)"]
)
def test_the_scan_lets_pass(line: str) -> None:
    """Reads, portal rows and the gateway's own calls are fine."""
    assert not faults(f"from classwaves_admin.warehouse.models import School\n{line}")
