"""Filters of the widgets' templates (`templates/django/forms/widgets/`), for what a page has many of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

_SELECTED = SafeString(" selected")
# A group's name, its options as Django's widgets describe them, and its place.
Group = tuple[str | None, Iterable[Mapping[str, Any]], int]


@register.filter
def but_class(attributes: Mapping[str, Any]) -> SafeString:
    """Write a control's attributes, each with a space in front; its class stands in the template already."""
    return flatatt({name: value for name, value in attributes.items() if name != "class"})


@register.filter
def options(groups: Iterable[Group]) -> SafeString:
    """Write the options of a select: a template for each of a hundred took longer than the rest of its page."""
    return format_html_join("", "{}", ([_group(name, choices)] for name, choices, _ in groups))


@register.filter
def choices(pairs: Iterable[tuple[str, str]], chosen: str | None) -> SafeString:
    """Write pairs of a value and its words as options of a select; `chosen` is the value that is selected."""
    return format_html_join(
        "\n",
        '<option value="{}"{}>{}</option>',
        ((value, _SELECTED if value == chosen else "", words) for value, words in pairs),
    )


def _group(name: str | None, choices: Iterable[Mapping[str, Any]]) -> SafeString:
    inside = format_html_join("", '\n  <option value="{}"{}>{}</option>', map(_option, choices))
    return format_html('\n  <optgroup label="{}">{}\n  </optgroup>', name, inside) if name else inside


def _option(choice: Mapping[str, Any]) -> tuple[str, SafeString, Any]:
    return str(choice["value"]), flatatt(choice["attrs"]), choice["label"]
