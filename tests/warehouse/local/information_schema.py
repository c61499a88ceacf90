"""INFORMATION_SCHEMA of a catalog, as views of one session over what the metadata files say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.warehouse.local import metadata
from tests.warehouse.local.errors import missing_table
from tests.warehouse.local.lexer import Sql, literal, unquoted

Row = dict[str, str | int | None]
TEXT_COLUMNS = {
    "catalogs": "catalog_name catalog_owner comment",
    "schemata": "catalog_name schema_name schema_owner comment",
    "tables": "table_catalog table_schema table_name table_type is_insertable_into commit_action table_owner comment "
    "data_source_format",
    "columns": "table_catalog table_schema table_name column_name column_default is_nullable full_data_type data_type "
    "comment",
    "table_constraints": "constraint_catalog constraint_schema constraint_name table_catalog table_schema table_name "
    "constraint_type is_deferrable initially_deferred enforced",
    "key_column_usage": "constraint_catalog constraint_schema constraint_name table_catalog table_schema table_name "
    "column_name",
    "referential_constraints": "constraint_catalog constraint_schema constraint_name unique_constraint_catalog "
    "unique_constraint_schema unique_constraint_name match_option update_rule delete_rule",
    "views": "table_catalog table_schema table_name view_definition",
}
NUMBER_COLUMNS = {"columns": "ordinal_position", "key_column_usage": "ordinal_position position_in_unique_constraint"}
# information_schema names these types otherwise than the SQL language does.
DATA_TYPES = {"BIGINT": "LONG", "SMALLINT": "SHORT", "TINYINT": "BYTE"}


def with_views(sql: Sql, spark: Any, folder: Path, catalog: str) -> Sql:
    """Return the statement with each relation of an information_schema replaced by a view, made here."""
    for place in reversed(list(sql.places("INFORMATION_SCHEMA", ".")) + list(sql.places("`INFORMATION_SCHEMA`", "."))):
        relation = sql.name(place + 2)[0][:1]
        start = sql.name_before(place + 1)[1]
        of = unquoted(sql.token(start).text) if start < place else catalog
        view = _view(spark, folder / of, of, relation[0].lower())
        sql = sql.replaced(start, place + 3, view)
    return sql


def _view(spark: Any, folder: Path, catalog: str, relation: str) -> str:
    if relation not in TEXT_COLUMNS:
        raise missing_table(f"`{catalog}`.`information_schema`.`{relation}`")
    columns = [f"{name} STRING" for name in TEXT_COLUMNS[relation].split()]
    columns += [f"{name} INT" for name in NUMBER_COLUMNS.get(relation, "").split()]
    rows = json.dumps(list(_rows(folder, catalog, relation)), ensure_ascii=False, separators=(",", ":"))
    # one literal: hundreds of rows as VALUES take Spark's parser a second
    frame = spark.sql(
        f"SELECT inline(from_json({literal(rows)}, {literal('ARRAY<STRUCT<' + ', '.join(columns) + '>>')}))"
    )
    view = f"__information_schema_{catalog}_{relation}"
    frame.createOrReplaceTempView(f"`{view}`")
    return f"`{view}`"


def _rows(folder: Path, catalog: str, relation: str) -> Iterator[Row]:
    if relation == "catalogs":
        for name in metadata.catalogs(folder.parent):
            yield {"catalog_name": name, "catalog_owner": "owner"}
    elif relation == "schemata":
        for name in [*metadata.schemas(folder), "information_schema"]:
            yield {"catalog_name": catalog, "schema_name": name, "schema_owner": "owner"}
    elif relation != "views":
        for table in metadata.tables(folder):
            place: Row = {"table_catalog": catalog, "table_schema": table.schema, "table_name": table.name}
            for row in PARTS[relation](table, catalog):
                yield place | row


def _tables(table: metadata.Table, _catalog: str) -> Iterator[Row]:
    yield {
        "table_type": "MANAGED",
        "is_insertable_into": "YES",
        "commit_action": "PRESERVE",
        "table_owner": "owner",
        "comment": table.properties.get("comment"),
        "data_source_format": "DELTA",
    }


def _columns(table: metadata.Table, _catalog: str) -> Iterator[Row]:
    for number, column in enumerate(table.columns):
        plain = column.type.partition("(")[0].partition("<")[0].upper()
        yield {
            "column_name": column.name,
            "ordinal_position": number,
            "is_nullable": "NO" if column.required else "YES",
            "full_data_type": column.type,
            "data_type": DATA_TYPES.get(plain, plain),
            "comment": column.comment,
        }


def _constraints(table: metadata.Table, catalog: str) -> Iterator[Row]:
    for key in table.keys:
        yield _constraint(table, catalog, key) | {
            "constraint_type": key["type"],
            "is_deferrable": "NO",
            "initially_deferred": "NO",
            "enforced": "NO",
        }


def _key_columns(table: metadata.Table, catalog: str) -> Iterator[Row]:
    for key in table.keys:
        for number, column in enumerate(key["columns"], 1):
            foreign = key["type"] == "FOREIGN KEY"
            yield _constraint(table, catalog, key) | {
                "column_name": column,
                "ordinal_position": number,
                "position_in_unique_constraint": number if foreign else None,
            }


def _references(table: metadata.Table, catalog: str) -> Iterator[Row]:
    for key in table.keys:
        if key["type"] == "FOREIGN KEY":
            yield _constraint(table, catalog, key) | {
                "unique_constraint_catalog": catalog,
                "unique_constraint_schema": key["table"][-2] if len(key["table"]) > 1 else table.schema,
                "unique_constraint_name": f"{key['table'][-1]}_pr",
                "match_option": "FULL",
                "update_rule": "NO ACTION",
                "delete_rule": "NO ACTION",
            }


def _constraint(table: metadata.Table, catalog: str, key: dict[str, Any]) -> Row:
    return {"constraint_catalog": catalog, "constraint_schema": table.schema, "constraint_name": key["name"]}


PARTS = {
    "tables": _tables,
    "columns": _columns,
    "table_constraints": _constraints,
    "key_column_usage": _key_columns,
    "referential_constraints": _references,
}
