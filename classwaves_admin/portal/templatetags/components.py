"""Template tags of the portal's own components (`templates/_components/`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

from django import template
from django.forms import BoundField
from django.template.context import Context
from django.template.loader import get_template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from classwaves_admin.portal.browsers import browser_name
from classwaves_admin.portal.charts import stacked
from classwaves_admin.portal.states import appearance

register = template.Library()


@register.simple_tag
@cache  # a page has dozens, of a few kinds
def icon(name: str, extra: str = "") -> SafeString:
    """Return a decorative icon of `img/icons.svg`; `extra` adds classes. Words beside it say what it means."""
    return format_html(
        '<svg class="usa-icon{}" width="16" height="16" aria-hidden="true" focusable="false">'
        '<use href="{}#{}"></use></svg>',
        f" {extra}" if extra else "",
        static("img/icons.svg"),
        name,
    )


@register.filter
def any_required(fields: Iterable[BoundField]) -> bool:
    """Tell whether one of the fields must be answered, so that the star is explained once."""
    return any(field.field.required for field in fields)


@register.filter
def browser(user_agent: str) -> str:
    """Name the browser and system of a User-Agent header in words, such as "Firefox on Windows"."""
    return browser_name(user_agent)


@register.simple_block_tag(takes_context=True)
def component(context: Context, content: str, which: str, **parameters: Any) -> str:
    """Render `_components/<which>.html` around the enclosed markup, which it gets as `content`."""
    shared = {key: context.get(key) for key in ("request", "csrf_token")}
    return get_template(f"_components/{which}.html").render(shared | parameters | {"content": content})


@register.simple_tag
def status(state: str, words: str = "", tone: str = "") -> str:
    """Show a state as a tag with a shape and words. See `portal/states.py`."""
    return _status(str(state), str(words), tone, get_language())


@lru_cache(maxsize=1_000)  # a list has one in each line, of a few kinds; other services bring words of their own
def _status(state: str, words: str, tone: str, _language: str | None) -> str:
    return get_template("_components/status_tag.html").render({"look": appearance(state, words, tone)})


@register.inclusion_tag("_components/stacked_chart.html")
def stacked_chart(
    caption: str, rows: Sequence[Mapping[str, Any]], *, anchor: str = "chart", of: str = "", numbers_open: bool = False
) -> dict[str, Any]:
    """Show stacked bars with a key and the same numbers as a table.

    `rows` are mappings with `name` and `parts`; each part has `label`, `count` and `tone`
    (`good wait bad info neutral`), the same parts in the same order in each row. Parts and rows
    may have the `url` of the list behind their number. `of` names
    what is counted, such as "students"; `anchor` makes its ids, so each chart of a page needs its own.
    """
    bars = [stacked(str(row["name"]), row["parts"], row.get("url", "")) for row in rows]
    return {
        "caption": caption,
        "bars": bars,
        "key": bars[0].parts if bars else (),
        "anchor": anchor,
        "of": of,
        "open": numbers_open,
    }


@register.inclusion_tag("_components/breadcrumbs.html", takes_context=True)
def breadcrumbs(context: Context, *words: str) -> dict[str, Any]:
    """Show where a page is: label and address in turn, and last the label of the page itself.

    {% breadcrumbs "Students" students_url student.display_name %}. The way home stands first.
    """
    steps = [{"label": label, "url": url} for label, url in zip(words[:-1:2], words[1:-1:2], strict=True)]
    return {"home_url": context.get("home_url", "/"), "steps": steps, "current": words[-1]}
