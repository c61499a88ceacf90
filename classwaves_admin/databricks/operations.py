"""How names, values, dates and limits are written in Databricks SQL."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.backends.base.operations import BaseDatabaseOperations
from django.utils import timezone

Params = Sequence[Any]
Sql = tuple[str, Params]

# Parameter markers that one statement may have.
MOST_MARKERS = 255
_ZONE = re.compile(r"[A-Za-z0-9_+\-/:]+")
_PART = re.compile(r"[a-z_]+")
# Parts of a date that have another name than EXTRACT's, or another meaning.
_EXTRACTS = {
    "week_day": "dayofweek({})",
    "iso_week_day": "(weekday({}) + 1)",
    "iso_year": "extract(YEAROFWEEK FROM {})",
    "week": "weekofyear({})",
    "second": "CAST(floor(extract(SECOND FROM {})) AS INT)",
}
_TEXT_LOOKUPS = frozenset(
    {
        "iexact",
        "contains",
        "icontains",
        "startswith",
        "istartswith",
        "endswith",
        "iendswith",
        "regex",
        "iregex",
    }
)
_TEXT_TYPES = frozenset({None, "CharField", "TextField", "SlugField", "EmailField", "URLField"})
_INTEGERS = (-(1 << 63), (1 << 63) - 1)


class DatabaseOperations(BaseDatabaseOperations):
    """The session's time zone is UTC and its arithmetic ANSI: classwaves_admin.databricks.base sees to it."""

    compiler_module = "classwaves_admin.databricks.compiler"
    explain_prefix = "EXPLAIN"
    cast_char_field_without_max_length = "STRING"
    cast_data_types = {
        "AutoField": "BIGINT",
        "BigAutoField": "BIGINT",
        "SmallAutoField": "BIGINT",
        "CharField": "STRING",
        "TextField": "STRING",
    }
    integer_field_ranges = {
        **BaseDatabaseOperations.integer_field_ranges,
        "AutoField": _INTEGERS,
        "SmallAutoField": _INTEGERS,
    }

    # --- names and limits

    def quote_name(self, name: str) -> str:
        """Quote a name; a dot parts schema and table, as in `compliance.audit_log`."""
        if name.startswith("`") and name.endswith("`"):
            return name
        return ".".join("`" + part.replace("`", "``") + "`" for part in name.split("."))

    def max_name_length(self) -> int:
        """Return the longest name, in characters."""
        return 255

    def no_limit_value(self) -> None:
        """An OFFSET may stand without a LIMIT."""
        return

    def limit_offset_sql(self, low_mark: int | None, high_mark: int | None) -> str:
        """Return LIMIT and OFFSET. `LIMIT 0` stays: it asks for nothing."""
        limit, offset = self._get_limit_offset_params(low_mark, high_mark)  # type: ignore[attr-defined]  # no stub
        parts = [] if limit is None else [f"LIMIT {limit:d}"]
        if offset:
            parts.append(f"OFFSET {offset:d}")
        return " ".join(parts)

    def bulk_batch_size(self, fields: Any, objs: Sequence[Any]) -> int:
        """Return how many objects one call may write.

        Rows travel as one JSON parameter. `bulk_update`, which names the key twice, binds two markers a value.
        """
        values = sum(1 for field in fields if fields.count(field) == 1)
        if values < len(fields):
            return max(1, MOST_MARKERS // (2 * values + 1))
        return max(1, len(objs))

    def bulk_insert_sql(self, fields: Any, placeholder_rows: Iterable[Any]) -> str:
        """Return the VALUES of a plain INSERT."""
        return "VALUES " + ", ".join(f"({', '.join(row)})" for row in placeholder_rows)

    def pk_default_value(self) -> str:
        """Return what stands for a missing primary key. Ids are made here, so it is refused as NULL."""
        return "NULL"

    def sql_flush(
        self, style: Any, tables: Sequence[str], *, reset_sequences: bool = False, allow_cascade: bool = False
    ) -> list[str]:
        """Return the statements that empty the tables."""
        return [f"TRUNCATE TABLE {self.quote_name(table)}" for table in tables]

    def explain_query_prefix(self, format: str | None = None, **options: Any) -> str:  # noqa: A002 - Django's name
        """Return EXPLAIN with its mode."""
        prefix = super().explain_query_prefix(format, **options)
        return f"{prefix} {format.upper()}" if format else prefix

    # --- values going in

    def adapt_datetimefield_value(self, value: Any) -> Any:
        """Return an instant in UTC."""
        if isinstance(value, datetime) and timezone.is_aware(value):
            if not settings.USE_TZ:
                raise ValueError("A time with a zone needs USE_TZ.")
            return value.astimezone(UTC)
        return value

    def adapt_datefield_value(self, value: Any) -> Any:
        """Return the date as it is: it binds as DATE."""
        return value

    def adapt_timefield_value(self, value: Any) -> Any:
        """Return a time of day as text: there is no type for it."""
        return value.isoformat() if isinstance(value, time) else value

    def adapt_decimalfield_value(
        self, value: Any, max_digits: int | None = None, decimal_places: int | None = None
    ) -> Any:
        """Return the decimal as it is: it binds as DECIMAL."""
        return value

    def adapt_ipaddressfield_value(self, value: Any) -> Any:
        """Return the address as text; NULL for the empty one."""
        return value or None

    def binary_placeholder_sql(self, value: Any) -> str:  # type: ignore[override]  # as Django
        """Return the placeholder of bytes, which travel as hexadecimal text."""
        return "unhex(%s)"

    # --- values coming out

    def get_db_converters(self, expression: Any) -> list[Callable[..., Any]]:
        """Return what makes Django's value of the server's."""
        found = super().get_db_converters(expression)
        own = {
            "DateTimeField": _instant,
            "TimeField": _time,
            "UUIDField": _uuid,
            "BooleanField": _boolean,
            "DecimalField": _decimal,
        }.get(expression.output_field.get_internal_type())
        return [*found, own] if own else found

    # --- dates

    def date_extract_sql(self, lookup_type: str, sql: str, params: Params) -> Sql:
        """Return a part of a date, such as its year."""
        special = _EXTRACTS.get(lookup_type)
        return (special.format(sql) if special else f"extract({_part(lookup_type)} FROM {sql})"), params

    def datetime_extract_sql(self, lookup_type: str, sql: str, params: Params, tzname: str | None) -> Sql:
        """Return a part of an instant as the clocks of the zone showed it."""
        return self.date_extract_sql(lookup_type, _local(sql, tzname), params)

    def time_extract_sql(self, lookup_type: str, sql: str, params: Params) -> Sql:  # type: ignore[override]  # as Django
        """Return a part of a time of day, which is text."""
        return self.date_extract_sql(lookup_type, f"to_timestamp({sql}, 'HH:mm:ss[.SSSSSS]')", params)

    def date_trunc_sql(self, lookup_type: str, sql: str, params: Params, tzname: str | None = None) -> Sql:
        """Return the first day of the week, month, quarter or year."""
        return f"CAST(date_trunc('{_part(lookup_type)}', {_local(sql, tzname)}) AS DATE)", params

    def datetime_trunc_sql(self, lookup_type: str, sql: str, params: Params, tzname: str | None) -> Sql:  # type: ignore[override]  # as Django
        """Return the start of the hour, day and so on, as the clocks of the zone showed it."""
        return f"date_trunc('{_part(lookup_type)}', {_local(sql, tzname)})", params

    def time_trunc_sql(  # type: ignore[override]  # as Django
        self, lookup_type: str, sql: str, params: Params, tzname: str | None = None
    ) -> Sql:
        """Return the start of the hour, minute or second of a time of day or an instant."""
        return f"date_format(date_trunc('{_part(lookup_type)}', {_local(sql, tzname)}), 'HH:mm:ss')", params

    def datetime_cast_date_sql(self, sql: str, params: Params, tzname: str | None) -> Sql:
        """Return the date in the zone."""
        return f"CAST({_local(sql, tzname)} AS DATE)", params

    def datetime_cast_time_sql(self, sql: str, params: Params, tzname: str | None) -> Sql:
        """Return the time of day in the zone."""
        return f"date_format({_local(sql, tzname)}, 'HH:mm:ss.SSSSSS')", params

    def format_for_duration_arithmetic(self, sql: str) -> str:
        """Return an interval for a number of microseconds."""
        return f"make_dt_interval(0, 0, 0, CAST({sql} AS DECIMAL(18,0)) / 1000000)"

    def subtract_temporals(self, internal_type: str, lhs: Sql, rhs: Sql) -> tuple[str, tuple[Any, ...]]:
        """Return the microseconds from `rhs` to `lhs`."""
        return f"timestampdiff(MICROSECOND, {rhs[0]}, {lhs[0]})", (*rhs[1], *lhs[1])

    # --- expressions

    def combine_expression(self, connector: str, sub_expressions: list[str]) -> str:
        """Return arithmetic; powers and shifts are functions."""
        functions = {"^": "power", "<<": "shiftleft", ">>": "shiftright"}
        if connector in functions:
            return f"{functions[connector]}({', '.join(sub_expressions)})"
        return super().combine_expression("^" if connector == "#" else connector, sub_expressions)

    def regex_lookup(self, lookup_type: str) -> str:
        """Return the match of a Java regular expression."""
        return "%s RLIKE %s" if lookup_type == "regex" else "%s RLIKE concat('(?i)', %s)"

    def lookup_cast(self, lookup_type: str, internal_type: str | None = None) -> str:
        """Look into numbers and instants as text."""
        other = lookup_type in _TEXT_LOOKUPS and internal_type not in _TEXT_TYPES
        return "CAST(%s AS STRING)" if other else "%s"


def _local(sql: str, tzname: str | None) -> str:
    """Shift an instant so that a session in UTC shows the wall clock of the zone."""
    if not settings.USE_TZ or not tzname or tzname == "UTC":
        return sql
    if not _ZONE.fullmatch(tzname):
        raise ValueError("The time zone has no name that Databricks could know.")
    return f"from_utc_timestamp({sql}, '{tzname}')"


def _part(lookup_type: str) -> str:
    if not _PART.fullmatch(lookup_type):
        raise ValueError("A part of a date is a word, such as year.")
    return lookup_type.upper()


def _instant(value: Any, expression: Any, connection: Any) -> Any:
    if not isinstance(value, datetime):
        return value
    value = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return value if settings.USE_TZ else value.replace(tzinfo=None)


def _time(value: Any, expression: Any, connection: Any) -> Any:
    return time.fromisoformat(value) if isinstance(value, str) else value


def _uuid(value: Any, expression: Any, connection: Any) -> Any:
    return uuid.UUID(value) if isinstance(value, str) else value


def _boolean(value: Any, expression: Any, connection: Any) -> Any:
    return bool(value) if value in {0, 1} else value


def _decimal(value: Any, expression: Any, connection: Any) -> Any:
    """An average of decimals may come with more places; a float of Value() never comes as one of ours."""
    return value if value is None or isinstance(value, Decimal) else Decimal(str(value))
