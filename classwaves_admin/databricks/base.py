"""Django database backend for Databricks SQL (databricks-sql-connector)."""
import datetime
import decimal
import enum
import json
import re
import uuid

import urllib3.exceptions
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.asyncio import async_unsafe
from django.utils.regex_helper import _lazy_re_compile

try:
    from databricks import sql
    from databricks.sql import exc
    from databricks.sql.parameters.native import DbsqlParameterBase, DecimalParameter, dbsql_parameter_from_primitive
except ImportError as e:
    raise ImproperlyConfigured(f"Error loading databricks-sql-connector: {e}")

import classwaves_admin.databricks.lookups
from classwaves_admin.databricks.client import DatabaseClient
from classwaves_admin.databricks.creation import DatabaseCreation
from classwaves_admin.databricks.features import DatabaseFeatures
from classwaves_admin.databricks.introspection import DatabaseIntrospection
from classwaves_admin.databricks.operations import DatabaseOperations
from classwaves_admin.databricks.schema import DatabaseSchemaEditor

UTC = datetime.timezone.utc


class Database:
    """The DB-API names Django looks for (the connector's module has no Binary)."""
    Binary = bytes
    Error, InterfaceError, DatabaseError = exc.Error, exc.InterfaceError, exc.DatabaseError
    DataError, OperationalError, IntegrityError = exc.DataError, exc.OperationalError, exc.IntegrityError
    InternalError, ProgrammingError, NotSupportedError = exc.InternalError, exc.ProgrammingError, exc.NotSupportedError
    connect = staticmethod(sql.connect)


class ExactDecimal(DecimalParameter):
    """The connector sizes DECIMAL(p,s) from str(value): "1E-7" becomes DECIMAL(4,0), i.e. 0."""

    def _digits(self):
        return format(self.value, "f")

    def _tspark_param_value(self):
        from databricks.sql.thrift_api.TCLIService.ttypes import TSparkParameterValue
        return TSparkParameterValue(stringValue=self._digits())

    def _cast_expr(self):
        whole, _, frac = self._digits().lstrip("-").partition(".")
        return f"DECIMAL({min(38, max(1, len(whole.lstrip('0')) + len(frac)))},{len(frac)})"


PLACEHOLDER = _lazy_re_compile(r"%(%|s)")
SQLSTATE = _lazy_re_compile(r"SQLSTATE:?\s*\(?([0-9A-Z]{5})")
ERROR_CLASS = _lazy_re_compile(r"\[([A-Z][A-Z0-9_.]+)\]")
BY_STATE = {"23": exc.IntegrityError, "22": exc.DataError, "42": exc.ProgrammingError, "21": exc.ProgrammingError,
            "0A": exc.NotSupportedError, "08": exc.OperationalError, "57": exc.OperationalError,
            "40": exc.OperationalError, "2D": exc.OperationalError, "XX": exc.InternalError}
BY_CLASS = (("NOT_NULL", exc.IntegrityError), ("CONSTRAINT", exc.IntegrityError), ("TABLE_OR_VIEW", exc.ProgrammingError),
            ("PARSE_SYNTAX", exc.ProgrammingError), ("UNRESOLVED", exc.ProgrammingError), ("DATATYPE", exc.ProgrammingError),
            ("CAST_", exc.DataError), ("ARITHMETIC", exc.DataError), ("DIVIDE", exc.DataError), ("CONCURRENT", exc.OperationalError))


def translate(e):
    """The connector raises one class (ServerOperationError) for every failed statement and
    does not carry the SQLSTATE: read it out of the message."""
    if isinstance(e, (urllib3.exceptions.HTTPError, OSError)):
        return exc.OperationalError(f"Databricks cannot be reached: {e}")   # not a DB-API error in the connector
    if type(e) not in (exc.ServerOperationError, exc.DatabaseError):
        return e
    text = str(e)
    kind = None
    if m := SQLSTATE.search(text):
        kind = BY_STATE.get(m[1][:2])
    if kind is None and (m := ERROR_CLASS.search(text)):
        kind = next((k for p, k in BY_CLASS if p in m[1]), None)
    if kind is None and "Invalid SessionHandle" in text:
        kind = exc.OperationalError
    if kind is None:
        return e
    new = kind(text.split("\n== SQL ==")[0])
    new.context = getattr(e, "context", {})
    return new


def adapt_param(v):
    """A Python value -> what the connector binds with the right SQL type."""
    if v is None or isinstance(v, (bool, float)):
        return v
    if isinstance(v, enum.Enum):
        return adapt_param(v.value)
    if isinstance(v, str):
        return str.__str__(v) if type(v) is not str else v
    if isinstance(v, int):
        return int(v)
    if isinstance(v, decimal.Decimal):
        return ExactDecimal(v) if v.is_finite() else float(v)
    if isinstance(v, datetime.datetime):
        return v.astimezone(UTC) if v.tzinfo else v
    if isinstance(v, datetime.date):
        return v
    if isinstance(v, (datetime.time, uuid.UUID)):
        return str(v)
    if isinstance(v, datetime.timedelta):
        return v // datetime.timedelta(microseconds=1)
    if isinstance(v, (bytes, bytearray, memoryview)):
        return bytes(v).hex()          # the placeholder is unhex(?)
    if isinstance(v, (dict, list, tuple)):
        return json.dumps(v, default=str)
    return str(v)


def named(v, name):
    p = v if isinstance(v, DbsqlParameterBase) else dbsql_parameter_from_primitive(v)
    p.name = name
    return p


class CursorWrapper:
    """%s -> ?, typed parameters, error classes, and plain Python rows straight from Arrow."""
    FETCH = 2000

    def __init__(self, connection, cursor, max_params):
        self._connection, self.cursor, self._max = connection, cursor, 255
        self._rows, self._pos, self._done = [], 0, True
        self.rowcount = -1

    def _convert(self, query, params):
        if params is None:
            return query, None
        if isinstance(params, dict):
            names = {k: f":{k}" for k in params}
            return query % names, [named(adapt_param(v), k) for k, v in params.items()]
        query = PLACEHOLDER.sub(lambda m: "%" if m[1] == "%" else "?", query)
        return query, ([adapt_param(p) for p in params] or None)

    def execute(self, query, params=None):
        query, params = self._convert(query, params)
        if params and len(params) > self._max:
            raise exc.NotSupportedError(
                f"Databricks binds at most {self._max} parameters a statement; this one has {len(params)}.")
        self._rows, self._pos, self._done = [], 0, False
        try:
            self.cursor.execute(query, params)
        except (exc.Error, urllib3.exceptions.HTTPError, OSError) as e:
            new = translate(e)
            if new is e:
                raise
            raise new from e
        self.rowcount = self.cursor.rowcount
        if self.rowcount == -1 and (d := self.cursor.description) and d[0][0] == "num_affected_rows":
            row = self.fetchone()          # a server that does not send numModifiedRows
            self.rowcount = row[0] if row else -1
        return self

    def executemany(self, query, params_list):
        n = 0
        for p in params_list:
            self.execute(query, p)
            n += max(self.rowcount, 0)
        self.rowcount = n
        return self

    @property
    def description(self):
        return self.cursor.description

    # ---- rows.  fetchmany() of the connector goes through pandas for every call;
    #      Arrow's to_pylist gives plain ints, Decimals, datetimes, lists.
    def _fill(self):
        if self._done:
            return False
        t = self.cursor.fetchmany_arrow(self.FETCH)
        if t.num_rows < self.FETCH:
            self._done = True
        self._rows = list(zip(*(c.to_pylist() for c in t.itercolumns()))) if t.num_rows else []
        self._pos = 0
        return bool(self._rows)

    def fetchone(self):
        if self._pos >= len(self._rows) and not self._fill():
            return None
        self._pos += 1
        return self._rows[self._pos - 1]

    def fetchmany(self, size=100):
        out = self._rows[self._pos:self._pos + size]
        self._pos += len(out)
        while len(out) < size and self._fill():
            take = self._rows[:size - len(out)]
            self._pos = len(take)
            out += take
        return out

    def fetchall(self):
        out = self._rows[self._pos:]
        self._rows, self._pos = [], 0
        if not self._done:
            t = self.cursor.fetchall_arrow()
            self._done = True
            if t.num_rows:
                out += zip(*(c.to_pylist() for c in t.itercolumns()))
        return out

    def fetchall_arrow(self):
        return self.cursor.fetchall_arrow()

    def __iter__(self):
        while (row := self.fetchone()) is not None:
            yield row

    def close(self):
        self.cursor.close()
        # the connection keeps every cursor it ever made: let go of this one
        try:
            self._connection._cursors.remove(self.cursor)
        except ValueError:
            pass

    def __getattr__(self, name):
        return getattr(self.cursor, name)


class DatabaseWrapper(BaseDatabaseWrapper):
    vendor = "databricks"
    display_name = "Databricks"
    data_types = {
        "AutoField": "BIGINT", "BigAutoField": "BIGINT", "SmallAutoField": "BIGINT",
        "BinaryField": "BINARY", "BooleanField": "BOOLEAN", "CharField": "STRING",
        "DateField": "DATE", "DateTimeField": "TIMESTAMP",
        "DecimalField": "DECIMAL(%(max_digits)s,%(decimal_places)s)",
        "DurationField": "BIGINT", "FileField": "STRING", "FilePathField": "STRING",
        "FloatField": "DOUBLE", "IntegerField": "INT", "BigIntegerField": "BIGINT",
        "GenericIPAddressField": "STRING", "IPAddressField": "STRING", "JSONField": "STRING",
        "PositiveBigIntegerField": "BIGINT", "PositiveIntegerField": "INT",
        "PositiveSmallIntegerField": "SMALLINT", "SlugField": "STRING", "SmallIntegerField": "SMALLINT",
        "TextField": "STRING", "TimeField": "STRING", "UUIDField": "STRING",
    }
    operators = {
        "exact": "= %s", "iexact": "ILIKE %s", "contains": "LIKE %s", "icontains": "ILIKE %s",
        "gt": "> %s", "gte": ">= %s", "lt": "< %s", "lte": "<= %s",
        "startswith": "LIKE %s", "endswith": "LIKE %s", "istartswith": "ILIKE %s", "iendswith": "ILIKE %s",
    }
    # right-hand sides that are expressions; backslash is LIKE's default escape, and
    # an escape inside a string literal too, hence the doubling
    pattern_esc = r"REPLACE(REPLACE(REPLACE({}, '\\', '\\\\'), '%%', '\\%%'), '_', '\\_')"
    pattern_ops = {
        "contains": "LIKE CONCAT('%%', {}, '%%')", "icontains": "ILIKE CONCAT('%%', {}, '%%')",
        "startswith": "LIKE CONCAT({}, '%%')", "istartswith": "ILIKE CONCAT({}, '%%')",
        "endswith": "LIKE CONCAT('%%', {})", "iendswith": "ILIKE CONCAT('%%', {})",
    }

    Database = Database
    SchemaEditorClass = DatabaseSchemaEditor
    client_class = DatabaseClient
    creation_class = DatabaseCreation
    features_class = DatabaseFeatures
    introspection_class = DatabaseIntrospection
    ops_class = DatabaseOperations

    def get_connection_params(self):
        s = self.settings_dict
        options = dict(s["OPTIONS"])
        options.pop("create_schemas", None)
        conf = {"TIMEZONE": "UTC", "ANSI_MODE": "true", **options.pop("session_configuration", {})}
        if not s["HOST"] and "_connection_uri" not in options:
            raise ImproperlyConfigured("settings.DATABASES needs HOST (the workspace's server hostname).")
        params = {"server_hostname": s["HOST"] or "localhost", "http_path": options.pop("http_path", ""),
                  "catalog": s["NAME"] or None, "session_configuration": conf,
                  "user_agent_entry": "classwaves-admin",
                  # the connector's own defaults retry for 15 minutes: too long for a web request
                  "_retry_stop_after_attempts_count": 5, "_retry_stop_after_attempts_duration": 60,
                  "_socket_timeout": 120, **options}
        if s["PASSWORD"]:
            params["access_token"] = s["PASSWORD"]
        return params

    @property
    def default_schema(self):
        return self.settings_dict["OPTIONS"].get("schema") or "default"

    @async_unsafe
    def get_new_connection(self, conn_params):
        try:
            return sql.connect(**conn_params)
        except (exc.Error, urllib3.exceptions.HTTPError, OSError) as e:
            new = translate(e)
            if new is e:
                raise
            raise new from e

    def init_connection_state(self):
        pass

    @async_unsafe
    def create_cursor(self, name=None):
        return CursorWrapper(self.connection, self.connection.cursor(), self.features.max_query_params)

    # no multi-statement transactions: every statement commits on its own
    def _set_autocommit(self, autocommit):
        pass

    def _commit(self):
        pass

    def _rollback(self):
        pass

    def is_usable(self):
        try:
            c = self.connection.cursor()
            try:
                c.execute("SELECT 1")
            finally:
                c.close()
                self.connection._cursors.remove(c)
        except Exception:
            return False
        return True

    def check_constraints(self, table_names=None):
        pass
