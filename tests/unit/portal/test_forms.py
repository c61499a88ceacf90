"""How Django forms look."""

from __future__ import annotations

import re
from datetime import date, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from django import forms


class Elements(HTMLParser):
    """Keeps each element's name and attributes, in the order of the page."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember one element."""
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        """Return the attributes of the elements that match."""
        return [have for name, have in self.found if name == tag and attributes.items() <= have.items()]

    def one(self, tag: str, **attributes: str) -> dict[str, str | None]:
        """Return the attributes of the only element that matches."""
        (only,) = self.all(tag, **attributes)
        return only

    def ids(self) -> list[str]:
        """Return every id of the page."""
        return [value for _, have in self.found if (value := have.get("id"))]


class GuardianForm(forms.Form):
    """A field of every kind."""

    name = forms.CharField(
        help_text="As the school knows them.", widget=forms.TextInput(attrs={"class": "usa-input--lg"})
    )
    email = forms.EmailField(required=False)
    born = forms.DateField(initial=date(2012, 3, 4))
    relation = forms.ChoiceField(choices=[("mother", "Mother"), ("father", "Father")], widget=forms.RadioSelect)
    ways = forms.MultipleChoiceField(choices=[("mail", "Mail")], widget=forms.CheckboxSelectMultiple)
    school = forms.ChoiceField(choices=[("", "Choose"), ("a", "Hill")])
    note = forms.CharField(widget=forms.Textarea, required=False)
    scan = forms.FileField(required=False)
    checked = forms.BooleanField(label="I have checked the identity")
    secret = forms.CharField(widget=forms.HiddenInput, initial="x")

    def clean(self) -> dict[str, Any]:
        """Refuse every guardian."""
        raise forms.ValidationError("This guardian is known already.")


WRONG = {"email": "nope", "secret": "x", "name": "<b>"}


@pytest.mark.parametrize(
    ("tag", "name", "classes"),
    [
        ("input", "name", "usa-input usa-input--lg"),
        ("input", "born", "usa-input"),
        ("input", "checked", "usa-checkbox__input"),
        ("input", "ways", "usa-checkbox__input"),
        ("input", "scan", "cw-file"),
        ("select", "school", "usa-select"),
        ("textarea", "note", "usa-textarea"),
    ],
)
def test_each_control_has_its_class(tag: str, name: str, classes: str) -> None:
    """A widget gets the design system's class, beside those given to it."""
    assert Elements(str(GuardianForm())).one(tag, name=name)["class"] == classes


def test_labels_name_their_controls() -> None:
    """Every label's `for` is the id of a control."""
    page = Elements(str(GuardianForm()))
    labels = page.all("label")
    assert len(labels) == 10
    assert {label["for"] for label in labels} <= set(page.ids())


def test_choices_are_a_fieldset_with_a_legend() -> None:
    """Radio buttons and groups of checkboxes are announced with their question."""
    page = Elements(str(GuardianForm()))
    assert len(page.all("fieldset")) == len(page.all("legend")) == 2
    assert [radio["value"] for radio in page.all("input", type="radio")] == ["mother", "father"]


def test_nothing_is_chosen_beforehand() -> None:
    """A question that was not answered shows no answer."""
    assert not [have for _, have in Elements(str(GuardianForm())).found if "checked" in have]


def test_a_hint_is_tied_to_its_control() -> None:
    """Screen readers read the hint with the field."""
    page = Elements(str(GuardianForm()))
    assert page.one("input", name="name")["aria-describedby"] == "id_name_helptext"
    assert "id_name_helptext" in page.ids()


def test_errors_are_tied_to_their_controls() -> None:
    """A wrong field is marked invalid and described by its message; a group of choices on its fieldset."""
    page = Elements(str(GuardianForm(WRONG)))
    email = page.one("input", name="email")
    assert (email["aria-invalid"], email["aria-describedby"], email["class"]) == (
        "true",
        "id_email_error",
        "usa-input usa-input--error",
    )
    assert page.one("fieldset", **{"aria-describedby": "id_relation_error"})
    assert {"id_email_error", "id_relation_error"} <= set(page.ids())


def test_the_summary_leads_to_each_wrong_field() -> None:
    """The summary stands first, takes the focus, and each of its links leads to a control that exists."""
    page = Elements(str(GuardianForm(WRONG)))
    assert page.found[0][1]["tabindex"] == "-1"
    assert "data-focus-on-load" in page.found[0][1]
    targets = [str(link["href"]).removeprefix("#") for link in page.all("a")]
    assert targets == ["id_email", "id_born", "id_relation_0", "id_ways_0", "id_school", "id_checked"]
    assert set(targets) <= set(page.ids())


def test_the_summary_holds_errors_of_the_whole_form() -> None:
    """An error that belongs to no field is read in the summary."""
    assert "This guardian is known already." in str(GuardianForm(WRONG))


def test_a_form_without_errors_has_no_summary() -> None:
    """The summary appears only when something is wrong."""
    assert "cw-error-summary" not in str(GuardianForm())


def test_required_fields_are_marked_and_the_mark_is_explained() -> None:
    """Each required field has the star, and one sentence says what it means."""
    markup = str(GuardianForm())
    assert markup.count('title="required"') == 6
    assert markup.count("must be answered") == 1


def test_a_single_field_needs_no_explanation_of_the_star() -> None:
    """One field alone is not explained."""

    class CodeForm(forms.Form):
        code = forms.CharField()

    assert "must be answered" not in str(CodeForm())


def test_typed_text_is_escaped() -> None:
    """What a person typed never becomes markup."""
    assert "<b>" not in str(GuardianForm(WRONG))


def test_ids_are_unique() -> None:
    """No id stands twice, with errors or without."""
    for form in (GuardianForm(), GuardianForm(WRONG)):
        ids = Elements(str(form)).ids()
        assert len(ids) == len(set(ids))


def test_hidden_fields_stay_bare() -> None:
    """A hidden field has no label, class or group around it."""
    assert Elements(str(GuardianForm())).one("input", name="secret") == {
        "type": "hidden",
        "name": "secret",
        "value": "x",
        "id": "id_secret",
    }


@pytest.mark.parametrize("language", ["en", "es"])
def test_dates_use_the_browsers_own_field_in_iso(language: str) -> None:
    """Date, time and both are native fields whose value is ISO in any language, and can be read back."""
    from django.utils import translation

    class WhenForm(forms.Form):
        day = forms.DateField(initial=date(2012, 3, 4))
        hour = forms.TimeField(initial=datetime(2012, 3, 4, 5, 6).time())
        both = forms.DateTimeField(initial=datetime(2012, 3, 4, 5, 6))

    with translation.override(language):
        page = Elements(str(WhenForm()))
        values = {name: page.one("input", name=name) for name in ("day", "hour", "both")}
        assert [(have["type"], have["value"]) for have in values.values()] == [
            ("date", "2012-03-04"),
            ("time", "05:06"),
            ("datetime-local", "2012-03-04T05:06"),
        ]
        assert WhenForm({name: have["value"] for name, have in values.items()}).is_valid()


def test_a_field_placed_by_hand_looks_the_same() -> None:
    """`as_field_group` gives one whole field."""
    assert 'class="usa-label' in GuardianForm()["name"].as_field_group()


def test_forms_hold_no_inline_style_or_script() -> None:
    """The content security policy refuses both."""
    assert not re.search(r"\sstyle=|<style|<script|\son\w+=", str(GuardianForm(WRONG)))


def test_a_form_without_ids_still_renders() -> None:
    """With `auto_id=False` the summary has words without links."""
    page = Elements(str(GuardianForm(WRONG, auto_id=False)))
    assert not page.all("a")
