"""Model fields for the column types of the catalog, the same on every engine.

Each takes the column's description first, as the catalog states it, and `null=True` where the
catalog allows it. `catalog_type` is the type in the catalog's own words, such as `DECIMAL(5,2)`.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from classwaves_admin.lib.ids import new_id


class _CatalogColumn:
    """What the columns share: a description kept as the database comment."""

    catalog_type: str

    def __init__(self, description: str = "", *args: Any, **kwargs: Any) -> None:
        if description:
            kwargs["db_comment"] = description
        if kwargs.get("null"):
            kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Give migrations the keyword arguments alone; the description travels as `db_comment`."""
        return super().deconstruct()  # type: ignore[misc]


class StringField(_CatalogColumn, models.TextField):  # type: ignore[type-arg]
    """STRING: text of any length."""

    catalog_type = "STRING"


class IdField(StringField):
    """The STRING primary key of a table, UUIDv7 text unless another service chose it."""

    def __init__(self, description: str = "", *args: Any, **kwargs: Any) -> None:
        kwargs["primary_key"] = True
        kwargs.setdefault("default", new_id)
        super().__init__(description, *args, **kwargs)


class IntField(_CatalogColumn, models.IntegerField):  # type: ignore[type-arg]
    """INT: 32 bits, signed."""

    catalog_type = "INT"


class BigIntField(_CatalogColumn, models.BigIntegerField):  # type: ignore[type-arg]
    """BIGINT: 64 bits, signed."""

    catalog_type = "BIGINT"


class BooleanField(_CatalogColumn, models.BooleanField):  # type: ignore[type-arg]
    """BOOLEAN."""

    catalog_type = "BOOLEAN"


class TimestampField(_CatalogColumn, models.DateTimeField):  # type: ignore[type-arg]
    """TIMESTAMP: an instant, aware, kept in UTC to the microsecond."""

    catalog_type = "TIMESTAMP"


class DecimalField(_CatalogColumn, models.DecimalField):  # type: ignore[type-arg]
    """DECIMAL(precision, scale)."""

    def __init__(self, description: str = "", max_digits: int | None = None, decimal_places: int | None = None, **kwargs: Any) -> None:
        super().__init__(description, max_digits=max_digits, decimal_places=decimal_places, **kwargs)

    @property
    def catalog_type(self) -> str:  # type: ignore[override]
        """Return the type with its precision and scale."""
        return f"DECIMAL({self.max_digits},{self.decimal_places})"


class MapField(_CatalogColumn, models.JSONField):  # type: ignore[type-arg]
    """MAP<STRING,STRING>: a dict of text to text."""

    catalog_type = "MAP<STRING,STRING>"

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        """Refuse anything but a dict of text to text (values may be null)."""
        super().validate(value, model_instance)
        if value is None:
            return
        if not isinstance(value, dict) or not all(
            isinstance(key, str) and (item is None or isinstance(item, str)) for key, item in value.items()
        ):
            raise ValidationError("Give text keys with text values.", code="map")


class ArrayField(_CatalogColumn, models.JSONField):  # type: ignore[type-arg]
    """ARRAY<STRING>: a list of text."""

    catalog_type = "ARRAY<STRING>"

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        """Refuse anything but a list of text (items may be null)."""
        super().validate(value, model_instance)
        if value is None:
            return
        if not isinstance(value, list) or not all(item is None or isinstance(item, str) for item in value):
            raise ValidationError("Give a list of text.", code="array")


class Reference(models.ForeignKey):  # type: ignore[type-arg]
    """A STRING column that names a row of another table.

    The warehouse enforces nothing and other services write it too: no constraint, no cascade.
    """

    catalog_type = "STRING"

    def __init__(self, to: Any, description: str = "", **kwargs: Any) -> None:
        if description:
            kwargs["db_comment"] = description
        if kwargs.get("null"):
            kwargs.setdefault("blank", True)
        kwargs["db_constraint"] = False
        kwargs["on_delete"] = models.DO_NOTHING
        kwargs.setdefault("related_name", "+")
        super().__init__(to, **kwargs)
