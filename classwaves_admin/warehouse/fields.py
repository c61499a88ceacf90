"""Model fields for the column types of the catalog, the same on every engine.

Each takes the column's description first, as the catalog states it, and `null=True` where the
catalog allows it. `catalog_type` is the type in the catalog's own words, such as `DECIMAL(5,2)`.
A value that one of the engines would refuse or change is refused before it is sent: see `storable`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from django.core.checks import CheckMessage
from django.core.exceptions import ValidationError
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.expressions import Combinable

from classwaves_admin.databricks.nested import NestedValue, read_list, read_map
from classwaves_admin.lib.ids import new_id
from classwaves_admin.warehouse import values

# What may be set on an attribute and what it gives. django-stubs fills them in, with None where `null=True`;
# `_pyi_private_set_type` and `_pyi_private_get_type` are its names for the types of a field of one's own.
_ST = TypeVar("_ST", contravariant=True)  # noqa: PLC0105 - django-stubs asks for these names
_GT = TypeVar("_GT", covariant=True)  # noqa: PLC0105


class CatalogColumn(models.Field[_ST, _GT]):
    """What all columns share: a type in the catalog's words, and one meaning of a value on every engine."""

    catalog_type: str
    db_index: bool

    @property
    def catalog_description(self) -> str:
        """Return the catalog's words for the column."""
        return (self.db_comment or "").replace("%%", "%")

    def storable(self, value: Any) -> Any:
        """Return `value` as every engine will keep it.

        Raises ValidationError, which names the column and never repeats the value, for what does not fit.
        """
        try:
            value = self.to_python(value)
            if value is None and not self.null:
                raise ValidationError("must not be NULL", code="null")
            return None if value is None else self._kept(value)
        except ValidationError as error:
            where = f"{self.model._meta.db_table}.{self.column}"
            raise ValidationError(f"{where} is not a good {self.catalog_type}.", code=error.code) from None

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        """Send only what `storable` accepts; expressions pass, and NULL, which the database judges itself."""
        if value is not None and not hasattr(value, "as_sql"):
            value = self.storable(value)
        return super().get_db_prep_save(value, connection)

    def _kept(self, value: Any) -> Any:
        return value


def _as_comment(description: str) -> str:
    """Double the percent signs: on PostgreSQL Django sends a comment as text with placeholders."""
    return description.replace("%", "%%")


class _DescribedColumn(CatalogColumn[_ST, _GT]):
    """A column whose first argument is its description, kept as the database comment."""

    def __init__(self, description: str = "", *args: Any, **kwargs: Any) -> None:
        if description:
            kwargs["db_comment"] = _as_comment(description)
        if kwargs.get("null"):
            kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)


class StringField(_DescribedColumn[_ST, _GT], models.TextField[_ST, _GT]):
    """STRING: text of any length."""

    catalog_type = "STRING"

    def _kept(self, value: Any) -> Any:
        return values.text(value)


class IdField(StringField[_ST, _GT]):
    """The STRING primary key of a table, UUIDv7 text unless another service chose it."""

    def __init__(self, description: str = "", *args: Any, **kwargs: Any) -> None:
        kwargs["primary_key"] = True
        kwargs.setdefault("default", new_id)
        super().__init__(description, *args, **kwargs)


class IntField(_DescribedColumn[_ST, _GT], models.IntegerField[_ST, _GT]):
    """INT: 32 bits, signed."""

    catalog_type = "INT"

    def _kept(self, value: Any) -> Any:
        return values.whole_number(value, bits=32)


class BigIntField(_DescribedColumn[_ST, _GT], models.BigIntegerField[_ST, _GT]):
    """BIGINT: 64 bits, signed."""

    catalog_type = "BIGINT"

    def _kept(self, value: Any) -> Any:
        return values.whole_number(value, bits=64)


class BooleanField(_DescribedColumn[_ST, _GT], models.BooleanField[_ST, _GT]):
    """BOOLEAN."""

    catalog_type = "BOOLEAN"


class TimestampField(_DescribedColumn[_ST, _GT], models.DateTimeField[_ST, _GT]):
    """TIMESTAMP: an instant, aware, kept in UTC to the microsecond."""

    catalog_type = "TIMESTAMP"

    def _kept(self, value: Any) -> Any:
        return values.instant(value)


class DecimalField(_DescribedColumn[_ST, _GT], models.DecimalField[_ST, _GT]):
    """DECIMAL(precision, scale)."""

    def __init__(
        self, description: str = "", max_digits: int | None = None, decimal_places: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(description, max_digits=max_digits, decimal_places=decimal_places, **kwargs)

    @property
    def catalog_type(self) -> str:  # type: ignore[override]
        """Return the type with its precision and scale."""
        return f"DECIMAL({self.max_digits},{self.decimal_places})"

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        """Write precision and scale into SQLite's declared type too, where `catalog check` reads them.

        SQLite keeps such numbers as 8-byte floats, exact up to 15 digits; the catalog's widest has 10.
        """
        if connection.vendor == "sqlite":
            return f"decimal({self.max_digits},{self.decimal_places})"
        return super().db_type(connection)

    def _kept(self, value: Any) -> Any:
        return values.decimal(value, precision=self.max_digits, scale=self.decimal_places)


class _NestedColumn(_DescribedColumn[_ST, _GT], models.JSONField[_ST, _GT]):
    """A column of a nested type where the engine has them (Databricks), of JSON elsewhere."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        """Return the catalog's own type on Databricks."""
        return self.catalog_type if connection.vendor == "databricks" else super().db_type(connection)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        """Send JSON text, on Databricks with the type that the warehouse makes of it."""
        if connection.vendor == "databricks":
            return None if value is None else NestedValue(value, self.catalog_type)
        return super().get_db_prep_value(value, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Any:
        """Return a dict or list, whichever way the engine sends it."""
        if connection.vendor == "databricks":
            return self._read(value)
        return super().from_db_value(value, expression, connection)

    def _read(self, value: Any) -> Any:
        raise NotImplementedError

    def _check_supported(self, databases: Iterable[str]) -> list[CheckMessage]:
        """Ask only engines without nested types whether they know JSON."""
        others = [alias for alias in databases if connections[alias].vendor != "databricks"]
        return super()._check_supported(others)  # type: ignore[misc,no-any-return]  # Django's own, without a stub


class MapField(_NestedColumn[_ST, _GT]):
    """MAP<STRING,STRING>: a dict of text to text."""

    catalog_type = "MAP<STRING,STRING>"
    _pyi_private_set_type: Mapping[str, str | None] | Combinable
    _pyi_private_get_type: dict[str, str | None]

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        """Refuse anything but a dict of text to text (values may be null)."""
        super().validate(value, model_instance)
        if value is not None:
            values.text_map(value)

    def _kept(self, value: Any) -> Any:
        return values.text_map(value)

    def _read(self, value: Any) -> Any:
        return read_map(value)


class ArrayField(_NestedColumn[_ST, _GT]):
    """ARRAY<STRING>: a list of text."""

    catalog_type = "ARRAY<STRING>"
    _pyi_private_set_type: Sequence[str | None] | Combinable
    _pyi_private_get_type: list[str | None]

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        """Refuse anything but a list of text (items may be null)."""
        super().validate(value, model_instance)
        if value is not None:
            values.text_list(value)

    def _kept(self, value: Any) -> Any:
        return values.text_list(value)

    def _read(self, value: Any) -> Any:
        return read_list(value)


class Reference(CatalogColumn[_ST, _GT], models.ForeignKey[_ST, _GT]):
    """A STRING column that names a row of another table.

    The warehouse enforces nothing and other services write it too: no constraint, no cascade.
    """

    catalog_type = "STRING"

    def __init__(self, to: Any, description: str = "", **kwargs: Any) -> None:
        if description:
            kwargs["db_comment"] = _as_comment(description)
        if kwargs.get("null"):
            kwargs.setdefault("blank", True)
        kwargs["db_constraint"] = False
        kwargs["on_delete"] = models.DO_NOTHING
        kwargs.setdefault("related_name", "+")
        super().__init__(to, **kwargs)

    def _kept(self, value: Any) -> Any:
        return values.text(value)
