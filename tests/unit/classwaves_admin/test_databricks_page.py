"""docs/databricks.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from classwaves_admin.databricks import address, patience
from classwaves_admin.warehouse.grants import missing_on_databricks
from classwaves_admin.warehouse.server_facts import tables_of_catalog

PAGE = (Path(__file__).parents[3] / "docs" / "databricks.md").read_text(encoding="utf-8")


def test_its_address_can_be_read() -> None:
    """Who copies the example gets the catalog of the school."""
    url = re.findall(r"WAREHOUSE_URL=(databricks://\S+)", PAGE)[0]
    logins = {"DATABRICKS_CLIENT_ID": "made-up", "DATABRICKS_CLIENT_SECRET": "made-up"}
    found = address.settings_of("WAREHOUSE_URL", url, logins)
    assert found["HOST"] == "dbc-d5db37cb-5441.cloud.databricks.com"
    assert (found["NAME"], found["OPTIONS"]["http_path"]) == ("classwaves", "/sql/1.0/warehouses/077a4c2149eade40")


def test_its_grants_are_those_that_the_portal_asks_for() -> None:
    """The statements of `warehouse_status` for a new service principal, each on the page."""
    found = missing_on_databricks([], catalog="classwaves", tables=tables_of_catalog(), user="application-id")
    written = {re.sub(r"\s+", " ", line) for line in PAGE.splitlines() if line.startswith("GRANT")}
    assert {each.statement.replace("`classwaves`", "classwaves") for each in found if each.needed} == {
        re.sub(r"ON SCHEMA classwaves\.(\w+)", r"ON SCHEMA classwaves.`\1`", line) for line in written
    }


def test_its_patience_is_the_code_s() -> None:
    """Three tries in two seconds where a person waits, eight in fifteen elsewhere."""
    assert (patience.SHORT.attempts, patience.SHORT.seconds) == (3, 2)
    assert (patience.LONG.attempts, patience.LONG.seconds) == (8, 15)
    assert "three times within two seconds" in PAGE
    assert "eight times within fifteen seconds" in PAGE
