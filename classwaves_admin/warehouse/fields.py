"""Model fields for the column types of the catalog, the same on every engine.

Each takes the column's description first, as the catalog states it, and `null=True` where the
catalog allows it. `catalog_type` is the type in the catalog's own words, such as `DECIMAL(5,2)`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.expressions import Combinable

from classwaves_admin.lib.ids import new_id

# What may be set on an attribute and what it gives. django-stubs fills them in, with None where `null=True`;
# `_pyi_private_set_type` and `_pyi_private_get_type` are its names for the types of a field of one's own.
_ST = TypeVar("_ST", contravariant=True)  # noqa: PLC0105 - django-stubs asks for these names
_GT = TypeVar("_GT", covariant=True)  # noqa: PLC0105


class _CatalogColumn(models.Field[_ST, _GT]):
    """What the columns share: a description kept as the database comment."""

    catalog_type: str

    def __init__(self, description: str = "", *args: Any, **kwargs: Any) -> None:
        if description:
            kwargs["db_comment"] = description
        if kwargs.get("null"):
            kwargs.setdefault("blank", True)
        super().__init__(*args, **kwargs)


class StringField(_CatalogColumn[_ST, _GT], models.TextField[_ST, _GT]):
    """STRING: text of any length."""

    catalog_type = "STRING"


class IdField(StringField[_ST, _GT]):
    """The STRING primary key of a table, UUIDv7 text unless another service chose it."""

    def __init__(self, description: str = "", *args: Any, **kwargs: Any) -> None:
        kwargs["primary_key"] = True
        kwargs.setdefault("default", new_id)
        super().__init__(description, *args, **kwargs)


class IntField(_CatalogColumn[_ST, _GT], models.IntegerField[_ST, _GT]):
    """INT: 32 bits, signed."""

    catalog_type = "INT"


class BigIntField(_CatalogColumn[_ST, _GT], models.BigIntegerField[_ST, _GT]):
    """BIGINT: 64 bits, signed."""

    catalog_type = "BIGINT"


class BooleanField(_CatalogColumn[_ST, _GT], models.BooleanField[_ST, _GT]):
    """BOOLEAN."""

    catalog_type = "BOOLEAN"


class TimestampField(_CatalogColumn[_ST, _GT], models.DateTimeField[_ST, _GT]):
    """TIMESTAMP: an instant, aware, kept in UTC to the microsecond."""

    catalog_type = "TIMESTAMP"


class DecimalField(_CatalogColumn[_ST, _GT], models.DecimalField[_ST, _GT]):
    """DECIMAL(precision, scale)."""

    def __init__(
        self, description: str = "", max_digits: int | None = None, decimal_places: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(description, max_digits=max_digits, decimal_places=decimal_places, **kwargs)

    @property
    def catalog_type(self) -> str:  # type: ignore[override]
        """Return the type with its precision and scale."""
        return f"DECIMAL({self.max_digits},{self.decimal_places})"


class MapField(_CatalogColumn[_ST, _GT], models.JSONField[_ST, _GT]):
    """MAP<STRING,STRING>: a dict of text to text."""

    catalog_type = "MAP<STRING,STRING>"
    _pyi_private_set_type: Mapping[str, str | None] | Combinable
    _pyi_private_get_type: dict[str, str | None]

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        """Refuse anything but a dict of text to text (values may be null)."""
        super().validate(value, model_instance)
        if value is None:
            return
        if not isinstance(value, dict) or not all(
            isinstance(key, str) and (item is None or isinstance(item, str)) for key, item in value.items()
        ):
            raise ValidationError("Give text keys with text values.", code="map")


class ArrayField(_CatalogColumn[_ST, _GT], models.JSONField[_ST, _GT]):
    """ARRAY<STRING>: a list of text."""

    catalog_type = "ARRAY<STRING>"
    _pyi_private_set_type: Sequence[str | None] | Combinable
    _pyi_private_get_type: list[str | None]

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        """Refuse anything but a list of text (items may be null)."""
        super().validate(value, model_instance)
        if value is None:
            return
        if not isinstance(value, list) or not all(item is None or isinstance(item, str) for item in value):
            raise ValidationError("Give a list of text.", code="array")


class Reference(models.ForeignKey[_ST, _GT]):
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
