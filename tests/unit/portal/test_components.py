"""The repeated pieces of the pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.template import engines
from django.test import RequestFactory

from classwaves_admin.portal.navigation import navigation

TEMPLATES = Path("templates")
INLINE = re.compile(r'\sstyle="|<style|\son(?:click|change|submit|load)=|<script(?![^>]*(?:\bsrc=|application/json))')


class NameForm(forms.Form):
    """One field."""

    name = forms.CharField()


def show(markup: str, **context: Any) -> str:
    """Render template source with the library `components`."""
    return engines["django"].from_string("{% load components %}" + markup).render(context, RequestFactory().get("/"))


PIECES = {
    "alert": '{% include "_components/alert.html" with kind="warning" title="Two answers" text="Choose." only %}',
    "alert around markup": '{% component "alert" kind="error" live=True %}<p>No</p>{% endcomponent %}',
    "breadcrumbs": '{% breadcrumbs "Students" "/students/" "Ada" %}',
    "button": '{% include "_components/button.html" with label="Save" icon="check" only %}',
    "button with a value": '{% include "_components/button.html" with label="Go" name="step" value="2" only %}',
    "link button": '{% include "_components/link_button.html" with url="/x/" label="Ask" look="outline" only %}',
    "confirm": '{% component "confirm" title="Ask?" action="/x/" label="Ask 4" cancel_url="/" form=form %}4'
    "{% endcomponent %}",
    "description list": '{% component "description_list" %}'
    '{% include "_components/description.html" with name="Grade" value=7 only %}{% endcomponent %}',
    "description": '{% component "description" name="State" %}{% status "pending" %}{% endcomponent %}',
    "empty state": '{% include "_components/empty_state.html" with title="None" text="Import." only %}',
    "field": '{% include "_components/field.html" with field=form.name only %}',
    "filters": '{% include "_components/filters.html" with form=form clear_url="/x/" target="#rows" only %}',
    "page header": '{% component "page_header" title="Students" lead="312" %}<a href="/x/">Ask</a>{% endcomponent %}',
    "page header alone": '{% component "page_header" title="Students" %}{% endcomponent %}',
    "pager": '{% include "_components/pager.html" with shown=50 next_url="?after=x" total="10,000+" only %}',
    "panel": '{% component "panel" title="Details" id="details" %}x{% endcomponent %}',
    "progress": '{% include "_components/progress.html" with label="Sending" done=12 total=4100 only %}',
    "progress without end": '{% include "_components/progress.html" with label="Sending" only %}',
    "stat": '{% include "_components/stat.html" with label="Students" value=312 url="/x/" url_label="See" only %}',
    "status": '{% status "refused" %}',
    "table": '{% component "table" caption="Students" id="students" %}<tbody></tbody>{% endcomponent %}',
}


@pytest.mark.parametrize("piece", PIECES)
def test_a_component_renders_without_inline_style_or_script(piece: str) -> None:
    """Every component works with the parameters its comment names, and keeps to the content security policy."""
    markup = show(PIECES[piece], form=NameForm())
    assert "<" in markup
    assert not INLINE.search(markup)


def test_every_component_is_shown_here() -> None:
    """A new component is rendered by a test."""
    elsewhere = {"status_tag", "breadcrumbs", "stacked_chart", "error_summary"}
    used = " ".join(PIECES.values())
    for template in (TEMPLATES / "_components").glob("*.html"):
        assert template.stem in elsewhere or f"{template.stem}" in used, template.stem


def test_every_component_tells_its_parameters() -> None:
    """The first thing in the file is a comment with the parameters."""
    for template in (TEMPLATES / "_components").glob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert text.startswith("{% comment %}"), template.name
        assert "Parameters:" in text.partition("{% endcomment %}")[0], template.name


def test_enclosed_markup_stays_and_typed_text_is_escaped() -> None:
    """A component shows the markup around which it stands, and escapes what a person typed inside it."""
    markup = show('{% component "panel" title=typed %}<b>{{ typed }}</b>{% endcomponent %}', typed="<i>")
    assert "<b>&lt;i&gt;</b>" in markup
    assert "<i>" not in markup


def test_a_missing_value_is_named() -> None:
    """An empty value says so instead of leaving a hole."""
    assert "Not recorded" in show('{% include "_components/description.html" with name="Phone" value="" only %}')


def test_a_table_scrolls_inside_a_named_region() -> None:
    """The frame can be reached and scrolled by keyboard, and is named by the caption."""
    markup = show(PIECES["table"])
    assert 'tabindex="0" aria-labelledby="students-caption"' in markup
    assert '<caption id="students-caption"' in markup


def test_the_numbers_of_a_chart_stand_in_a_table() -> None:
    """Who cannot see the bars reads each number in a table."""
    rows = [
        {
            "name": "Hill",
            "parts": [{"label": "Given", "count": 3, "tone": "good"}, {"label": "No", "count": 1, "tone": "bad"}],
        }
    ]
    markup = show('{% stacked_chart "Consent" rows anchor="c" of="students" %}', rows=rows)
    table = markup.partition("<table")[2]
    assert re.findall(r">(\d+)</td>", table) == ["3", "1", "4"]
    assert 'x="75.000%"' in markup
    assert not INLINE.search(markup)


def test_a_chart_of_nothing_renders() -> None:
    """A school without students breaks no page."""
    assert "<figure" in show('{% stacked_chart "Consent" rows %}', rows=[])
    assert show(
        '{% stacked_chart "C" rows %}', rows=[{"name": "x", "parts": [{"label": "a", "count": 0, "tone": "good"}]}]
    )


def test_no_template_holds_inline_style_or_script() -> None:
    """Pages keep to the content security policy. PDFs and mails are not pages: nobody's policy covers them."""
    for template in TEMPLATES.rglob("*.html"):
        if {"pdf", "email", "emails"} & set(template.relative_to(TEMPLATES).parts):
            continue
        text = re.sub(r"{% comment %}.*?{% endcomment %}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not INLINE.search(text), template


def test_the_navigation_context_is_enough_for_a_page() -> None:
    """A page for an anonymous request renders whole: no name in the layout is undefined."""
    request = RequestFactory().get("/")
    page = engines["django"].from_string('{% extends "base_plain.html" %}{% block title %}x{% endblock %}')
    assert "ClassWaves" in page.render(navigation(request))
