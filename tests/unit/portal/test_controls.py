"""Selects and their options, which are written without a template for each."""

from __future__ import annotations

from typing import Any

from django import forms

from classwaves_admin.portal.templatetags.controls import choices
from tests.unit.portal.test_forms import Elements

SCHOOLS = [("", "Any"), ("Public", [("a", "Hill & Dale"), ("b", "<b>Lake</b>")]), ("Private", [("c", "Harbour")])]


class Offered(forms.Select):
    """A select that offers one school no longer."""

    def create_option(self, name: str, value: Any, *args: Any, **more: Any) -> dict[str, Any]:
        """Mark it."""
        option: dict[str, Any] = super().create_option(name, value, *args, **more)
        return option | {"attrs": option["attrs"] | {"disabled": value == "c"}}


class SchoolForm(forms.Form):
    """A choice in groups."""

    school = forms.ChoiceField(choices=SCHOOLS, widget=Offered)
    schools = forms.MultipleChoiceField(choices=SCHOOLS)


def test_a_select_has_the_options_that_django_gives_it() -> None:
    """Groups, the chosen one and one that cannot be chosen stand there; words of others are no markup."""
    page = Elements(str(SchoolForm({"school": "b"})["school"]))
    assert [group["label"] for group in page.all("optgroup")] == ["Public", "Private"]
    assert [option["value"] for option in page.all("option")] == ["", "a", "b", "c"]
    assert [option["value"] for option in page.all("option") if "selected" in option] == ["b"]
    assert [option["value"] for option in page.all("option") if "disabled" in option] == ["c"]
    assert not page.all("b")


def test_a_select_of_many_shows_each_that_is_chosen() -> None:
    """All values that were sent are selected."""
    page = Elements(str(SchoolForm({"schools": ["a", "c"]})["schools"]))
    assert "multiple" in page.one("select")
    assert [option["value"] for option in page.all("option") if "selected" in option] == ["a", "c"]


def test_pairs_are_options() -> None:
    """The switcher's schools are options, at most one of them selected, with the words as they are."""
    page = Elements(choices([("a", "Hill"), ("b", "<i>Lake</i>")], "b"))
    assert page.found == [("option", {"value": "a"}), ("option", {"value": "b", "selected": None})]
    assert not Elements(choices([("a", "Hill")], None)).all("option", selected="")
