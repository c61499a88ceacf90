"""Statements that Spark with Iceberg cannot run by itself, each as one function of a session and the statement."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

import pyarrow as pa

from tests.warehouse.local import arrow, dialect, metadata, time_travel
from tests.warehouse.local.errors import failure, null_refused
from tests.warehouse.local.lexer import Sql, literal, meaning, quoted
from tests.warehouse.local.operations import Outcome

if TYPE_CHECKING:
    from tests.warehouse.local.session import Session

Special = Callable[["Session", Sql], Outcome | None]


def run(session: Session, sql: Sql) -> Outcome | None:
    """Run the statement where it is one of these; give None where Spark runs it."""
    for count in (2, 1):
        if found := SPECIAL.get(sql.words(0, count)):
            return found(session, sql)
    return None


def _create_catalog(session: Session, sql: Sql) -> Outcome:
    session.engine.create_catalog(dialect.created_name(sql)[0], missing_only=sql.has("IF", "NOT", "EXISTS"))
    return arrow.nothing()


def _drop_catalog(session: Session, sql: Sql) -> Outcome:
    name = dialect.created_name(sql)[0]
    session.engine.drop_catalog(name, cascade=sql.has("CASCADE"), if_exists=sql.has("IF", "EXISTS"))
    return arrow.nothing()


def _show_catalogs(session: Session, _sql: Sql) -> Outcome:
    return arrow.text_table(["catalog"], [[name] for name in session.engine.catalogs()]), None


def _create_schema(session: Session, sql: Sql) -> Outcome:
    catalog, schema = session.full_schema(dialect.created_name(sql))
    folder = session.engine.catalog_folder(catalog) / schema
    if folder.exists() and not sql.has("IF", "NOT", "EXISTS"):
        raise failure("SCHEMA_ALREADY_EXISTS", f"Cannot create schema `{schema}` because it already exists.", "42P06")
    folder.mkdir(exist_ok=True)
    return arrow.nothing()


def _drop_schema(session: Session, sql: Sql) -> Outcome:
    catalog, schema = session.full_schema(dialect.created_name(sql))
    folder = session.engine.catalog_folder(catalog) / schema
    if not folder.is_dir():
        if sql.has("IF", "EXISTS"):
            return arrow.nothing()
        raise failure("SCHEMA_NOT_FOUND", f"The schema `{catalog}`.`{schema}` cannot be found.", "42704")
    if any(folder.iterdir()) and not sql.has("CASCADE"):
        raise failure(
            "SCHEMA_NOT_EMPTY", f"Cannot drop a schema `{catalog}`.`{schema}` because it contains objects.", "2BP01"
        )
    shutil.rmtree(folder)
    return arrow.nothing()


def _show_schemas(session: Session, sql: Sql) -> Outcome | None:
    if sql.has("LIKE"):
        return None
    catalog = sql.name(3)[0][0] if sql.word(2) in {"IN", "FROM"} else session.catalog
    names = [*metadata.schemas(session.engine.catalog_folder(catalog)), "information_schema"]
    return arrow.text_table(["databaseName"], [[name] for name in names]), None


def _history(session: Session, sql: Sql) -> Outcome:
    return time_travel.history(session.find(sql.name(2)[0])), None


def _detail(session: Session, sql: Sql) -> Outcome:
    table = session.find(sql.name(2)[0])
    return pa.table(
        {
            "format": ["delta"],
            "id": [table.uuid],
            "name": [f"{session.catalog}.{table.schema}.{table.name}"],
            "description": pa.array([table.properties.get("comment")], pa.string()),
            "clusteringColumns": pa.array([table.clusters], pa.list_(pa.string())),
            "properties": pa.array([list(table.properties.items())], pa.map_(pa.string(), pa.string())),
        }
    ), None


def _housekeeping(session: Session, sql: Sql) -> Outcome:
    """OPTIMIZE, VACUUM, REORG and ANALYZE: the table must be there, and nothing is done."""
    place = 2 if sql.word(1) == "TABLE" else 1
    session.find(sql.name(place)[0])
    return pa.table({"path": pa.array([], pa.string())}), None


def _comment_on(session: Session, sql: Sql) -> Outcome | None:
    sort = sql.word(2)
    if sort == "COLUMN":
        name, place = sql.name(3)
        text = sql.token(place + 1).text
        table, column = quoted(session.full(name[:-1])), quoted(name[-1:])
        session.spark.sql(f"ALTER TABLE {table} ALTER COLUMN {column} COMMENT {'' if text.upper() == 'NULL' else text}")
        return arrow.nothing()
    # the folder of a catalog or schema has no place for a comment
    return arrow.nothing() if sort in {"CATALOG", "SCHEMA", "DATABASE"} else None


def _use_catalog(session: Session, sql: Sql) -> Outcome:
    session.use([sql.name(2)[0][0], "default"])
    return arrow.nothing()


def _set(session: Session, sql: Sql) -> Outcome | None:
    name = sql.token(1).text
    if sql.word(2) != "=" or "." in str(sql):
        return None
    value = sql.token(3)
    session.set_option(name, meaning(value.text) if value.kind == "literal" else value.text)
    return arrow.text_table(["key", "value"], [[name, value.text]]), None


def _alter_table(session: Session, sql: Sql) -> Outcome | None:
    name, place = sql.name(2)
    words = sql.words(place, 2)
    if words == ("RENAME", "TO"):
        return _rename(session, name, sql.name(place + 2)[0])
    if words[0] == "ADD" and dialect.key_place(sql) == place + 1:
        table = session.find(name)
        key, _ = dialect.key_at(sql, place + 1, table.name)
        return _note(session, name, dialect.KEYS, [*table.keys, key])
    if words in {("DROP", "CONSTRAINT"), ("DROP", "PRIMARY")}:
        dropped = sql.token(place + 2).text.strip("`").lower() if words[1] == "CONSTRAINT" else ""
        kept = [key for key in session.find(name).keys if not _is_dropped(key, dropped)]
        return _note(session, name, dialect.KEYS, kept)
    if words == ("CLUSTER", "BY"):
        return _note(session, name, dialect.CLUSTERS, dialect.clusters_at(sql, place)[0])
    if sql.words(len(sql) - 3, 3) == ("SET", "NOT", "NULL"):
        column = place + 2 if sql.word(place + 1) == "COLUMN" else place + 1
        return _set_not_null(session, name, sql.name(column)[0][0])
    return None


def _is_dropped(key: dict[str, str], name: str) -> bool:
    return key["name"].lower() == name if name else key["type"] == "PRIMARY KEY"


def _note(session: Session, name: list[str], property_name: str, value: object) -> Outcome:
    text = literal(json.dumps(value, separators=(",", ":")))
    session.spark.sql(f"ALTER TABLE {quoted(session.full(name))} SET TBLPROPERTIES ({literal(property_name)} = {text})")
    return arrow.nothing()


def _set_not_null(session: Session, name: list[str], column: str) -> Outcome:
    """Delta looks at the rows and sets it; Iceberg refuses in SQL, and its Java interface does not."""
    spark, table = session.spark, quoted(session.full(name))
    if spark.sql(f"SELECT 1 FROM {table} WHERE {quoted([column])} IS NULL LIMIT 1").collect():
        raise null_refused(column)
    # files older than the column could not be read once it is required
    spark.sql(f"INSERT OVERWRITE {table} SELECT * FROM {table}")
    iceberg = spark._jvm.org.apache.iceberg.spark.Spark3Util.loadIcebergTable(spark._jsparkSession, table)
    iceberg.updateSchema().allowIncompatibleChanges().requireColumn(column).commit()
    return arrow.nothing()


def _rename(session: Session, old: list[str], new: list[str]) -> Outcome:
    """Tables in folders cannot be renamed: copy columns, comments, properties and rows."""
    table, spark = session.find(old), session.spark
    columns = ", ".join(
        f"{quoted([each.name])} {each.type}{' NOT NULL' if each.required else ''}"
        + (f" COMMENT {literal(each.comment)}" if each.comment else "")
        for each in table.columns
    )
    comment = f" COMMENT {literal(table.properties['comment'])}" if "comment" in table.properties else ""
    create = Sql.read(f"CREATE TABLE {quoted(session.full(new))} ({columns}) USING iceberg{comment}")
    facts = {name: value for name, value in table.properties.items() if name.startswith("local.")}
    spark.sql(str(dialect.with_properties(create, facts)))
    spark.sql(f"INSERT INTO {quoted(session.full(new))} SELECT * FROM {quoted(session.full(old))}")
    spark.sql(f"DROP TABLE {quoted(session.full(old))}")
    return arrow.nothing()


def _grant(session: Session, sql: Sql) -> Outcome:
    take_away = sql.word(0) == "REVOKE"
    on = next(sql.places("ON"))
    words = " ".join(sql.word(place) for place in range(1, on))
    privileges = [re.sub(r"\s+", " ", each).strip() for each in words.split(",")]
    name, place = sql.name(on + 2)
    session.access.grant(
        sql.name(place + 1)[0][0], privileges, _securable(session, sql.word(on + 1), name), take_away=take_away
    )
    return arrow.nothing()


def _show_grants(session: Session, sql: Sql) -> Outcome:
    on = next(sql.places("ON"))
    user = sql.name(2)[0][0] if on > 2 else ""
    name = _securable(session, sql.word(on + 1), sql.name(on + 2)[0])
    rows = [row for row in session.access.grants(name) if not user or row[0] == user]
    return arrow.text_table(["Principal", "ActionType", "ObjectType", "ObjectKey"], rows), None


def _securable(session: Session, sort: str, name: list[str]) -> tuple[str, ...]:
    if sort == "CATALOG":
        return (name[0],)
    return tuple(session.full_schema(name) if sort in {"SCHEMA", "DATABASE"} else session.full(name))


SPECIAL: dict[tuple[str, ...], Special] = {
    ("CREATE", "CATALOG"): _create_catalog,
    ("DROP", "CATALOG"): _drop_catalog,
    ("SHOW", "CATALOGS"): _show_catalogs,
    ("CREATE", "SCHEMA"): _create_schema,
    ("CREATE", "DATABASE"): _create_schema,
    ("DROP", "SCHEMA"): _drop_schema,
    ("DROP", "DATABASE"): _drop_schema,
    ("SHOW", "SCHEMAS"): _show_schemas,
    ("SHOW", "DATABASES"): _show_schemas,
    ("DESCRIBE", "HISTORY"): _history,
    ("DESC", "HISTORY"): _history,
    ("DESCRIBE", "DETAIL"): _detail,
    ("DESC", "DETAIL"): _detail,
    ("OPTIMIZE",): _housekeeping,
    ("VACUUM",): _housekeeping,
    ("REORG",): _housekeeping,
    ("ANALYZE",): _housekeeping,
    ("COMMENT", "ON"): _comment_on,
    ("USE", "CATALOG"): _use_catalog,
    ("SET",): _set,
    ("ALTER", "TABLE"): _alter_table,
    ("GRANT",): _grant,
    ("REVOKE",): _grant,
    ("SHOW", "GRANTS"): _show_grants,
}
