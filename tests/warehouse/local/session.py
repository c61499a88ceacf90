"""One session of a client: its Spark session, its place in the catalogs, its options."""

from __future__ import annotations

import threading
from typing import Any

from tests.warehouse.local import (
    access,
    arrow,
    binding,
    dialect,
    dml,
    information_schema,
    metadata,
    results,
    statements,
    time_travel,
)
from tests.warehouse.local.access import Access
from tests.warehouse.local.engine import Engine
from tests.warehouse.local.errors import (
    SqlError,
    canceled,
    failure,
    missing_table,
    null_refused,
    timed_out,
    translated,
)
from tests.warehouse.local.lexer import Sql, quoted
from tests.warehouse.local.operations import Outcome

SPARK_OPTIONS = {"TIMEZONE": "spark.sql.session.timeZone", "ANSI_MODE": "spark.sql.ansi.enabled"}
ACCEPTED = frozenset({"USE_CACHED_RESULT", "QUERY_TAGS", "MAX_FILE_PARTITION_BYTES", "READ_ONLY_EXTERNAL_METASTORE"})
LONGEST = 172_800  # seconds: the real server's default STATEMENT_TIMEOUT
SECONDS_BETWEEN_CANCELS = 0.2


class Session:
    """A session as OpenSession makes it. Its statements run one after another."""

    def __init__(
        self, engine: Engine, rights: Access, user: str, options: dict[str, str], catalog: str, schema: str
    ) -> None:
        self.engine, self.access, self.user = engine, rights, user
        self.options: dict[str, str] = {}
        self.spark: Any = engine.root.newSession()
        self.catalog, self.schema = catalog, schema
        self._turn = threading.Lock()
        for name, value in options.items():
            self.set_option(name, value)
        self.use([catalog, schema])

    def set_option(self, name: str, value: str) -> None:
        """Set a parameter such as STATEMENT_TIMEOUT. Raises SqlError for one that is not known."""
        key = name.upper()
        if key in SPARK_OPTIONS:
            self.spark.conf.set(SPARK_OPTIONS[key], value)
        elif key not in ACCEPTED | {"STATEMENT_TIMEOUT"} and not key.startswith("SPARK."):
            raise failure("CONFIG_NOT_AVAILABLE", f"Configuration {name} is not available.", "42K0I")
        self.options[key] = value

    def use(self, name: list[str]) -> None:
        """Go to a schema. Raises SqlError where it is not there."""
        catalog, schema = self.full_schema(name)
        self.access.require(self.user, "USE CATALOG", (catalog,))
        if not (self.engine.catalog_folder(catalog) / schema).is_dir():
            raise failure("SCHEMA_NOT_FOUND", f"The schema `{catalog}`.`{schema}` cannot be found.", "42704")
        self.engine.use_catalog(self.spark, catalog)
        self.spark.sql(f"USE {quoted([catalog, schema])}")
        self.catalog, self.schema = catalog, schema

    def full_schema(self, name: list[str]) -> list[str]:
        """Return catalog and schema of a name that may lack the catalog."""
        return [*[self.catalog][: 2 - len(name)], *name]

    def full(self, name: list[str]) -> list[str]:
        """Return catalog, schema and table of a name that may lack the first two."""
        return [*[self.catalog, self.schema][: 3 - len(name)], *name]

    def find(self, name: list[str]) -> metadata.Table:
        """Return a table's metadata. Raises SqlError where it is not there."""
        catalog, schema, table = self.full(name)
        found = metadata.table(self.engine.catalog_folder(catalog), schema, table)
        if found is None:
            raise missing_table(quoted(name))
        return found

    def execute(self, text: str, parameters: list[Any], operation: Operating) -> Outcome:
        """Run one statement. Raises SqlError with the server's words where it fails."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        with self._turn, operation.watched(self):
            try:
                outcome = self._run(Sql.read(text), parameters, operation)
            except (PySparkException, Py4JError) as error:
                raise operation.ended() or translated(error) from None
            if ended := operation.ended():
                raise ended
            return outcome

    def _run(self, sql: Sql, parameters: list[Any], operation: Operating) -> Outcome:
        self._know_catalogs(sql)
        for privilege, kind, name in access.needed(sql):
            self._require(privilege, kind, name)
        if sql.word(0) == "USE" and sql.word(1) != "CATALOG":
            self.use(sql.name(2 if sql.word(1) in {"SCHEMA", "DATABASE"} else 1)[0])
            return arrow.nothing()
        special = statements.run(self, sql)
        if special is not None:
            return special
        sql = self._in_sparks_words(sql)
        arguments = binding.bound(self.spark, sql, parameters)
        verb = dialect.kind(sql)
        if verb in dialect.DML:
            return self._change(verb, sql, arguments, operation)
        frame = self.spark.sql(str(sql), arguments)
        return results.collected(frame.limit(operation.row_limit) if operation.row_limit else frame), None

    def _in_sparks_words(self, sql: Sql) -> Sql:
        if dialect.creates_table(sql):
            sql = dialect.create_table(sql)[0]
        sql = dialect.current_things(sql, self.user)
        sql = information_schema.with_views(sql, self.spark, self.engine.folder, self.catalog)
        sql = time_travel.with_moments(time_travel.with_snapshots(sql, self.find), self.find)
        if dialect.kind(sql) == "INSERT":
            columns = [(each.name, each.required) for each in self.find(dialect.target(sql, "INSERT")[0]).columns]
            sql, refused = dialect.padded_insert(sql, columns)
            if refused:
                raise null_refused(refused[0])
        return sql

    def _change(self, verb: str, sql: Sql, arguments: Any, operation: Operating) -> Outcome:
        name = dialect.target(sql, verb)[0]
        with self.engine.writing(self.full(name)):
            if ended := operation.ended():
                raise ended
            self.engine.marks.mark(operation.tag)
            self.spark.sql(str(sql), arguments)
        deleted = dml.DeletedRows(self.spark, sql, arguments)
        return dml.counts(verb, sql, self.find(name), operation.tag, deleted)

    def _require(self, privilege: str, kind: str, name: list[str]) -> None:
        if not name:
            return
        if kind == "Table":
            securable = self.full(name)
        elif privilege == "CREATE TABLE":
            securable = self.full(name)[:2]
        else:
            securable = self.full_schema(name)[:1] if kind == "Catalog" else self.full_schema(name)
        self.access.require(self.user, privilege, tuple(securable))

    def _know_catalogs(self, sql: Sql) -> None:
        """Make the catalogs that a statement names known to Spark."""
        known = set(self.engine.catalogs())
        for token in sql.pieces:
            if token.kind == "name" and (name := token.text.strip("`")) in known:
                self.engine.use_catalog(self.spark, name)

    def close(self) -> None:
        """Let go of what the session holds."""
        self.spark.catalog.clearCache()


class Operating:
    """A statement while it runs: its id as Spark's job group, its time limit, and whether it was canceled."""

    def __init__(self, tag: str, row_limit: int | None = None) -> None:
        self.tag, self.row_limit = tag, row_limit
        self.seconds = LONGEST
        self._over = threading.Event()
        self._why: SqlError | None = None
        self._spark: Any = None

    def watched(self, session: Session) -> Operating:
        """Take the session's time limit, and name the jobs of this thread so that they can be canceled."""
        self._spark = session.spark.sparkContext
        self._spark.setJobGroup(self.tag, self.tag, interruptOnCancel=True)
        self.seconds = int(session.options.get("STATEMENT_TIMEOUT", "0")) or LONGEST
        return self

    def __enter__(self) -> None:
        if self.seconds < LONGEST:
            threading.Thread(target=self._limit, name=f"limit-{self.tag}", daemon=True).start()

    def __exit__(self, *_error: object) -> None:
        self._over.set()

    def _limit(self) -> None:
        if not self._over.wait(self.seconds):
            self._end(timed_out(self.seconds))

    def cancel(self) -> None:
        """End the statement for its client."""
        threading.Thread(target=self._end, args=[canceled()], name=f"cancel-{self.tag}", daemon=True).start()

    def _end(self, why: SqlError) -> None:
        """Cancel its jobs until it is over: one canceled between two jobs goes on with the next."""
        self._why = self._why or why
        while self._spark is not None and not self._over.is_set():
            self._spark.cancelJobGroup(self.tag)
            self._over.wait(SECONDS_BETWEEN_CANCELS)

    def ended(self) -> SqlError | None:
        """Return why it was ended from outside, or None."""
        return self._why
