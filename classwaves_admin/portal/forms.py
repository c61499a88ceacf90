"""Renders every Django form as a form of the design system: `{{ form }}` inside `<form class="usa-form">`.

The templates stand in `templates/forms/` (the form, its summary of errors, one field) and
`templates/django/forms/` (one per kind of widget).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.forms import BoundField, Field, Form, Widget
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import DateInput, DateTimeInput, MultiWidget, TimeInput

# The browser's own date and time fields send and expect ISO, whatever the language of the page.
_NATIVE: tuple[tuple[type[DateInput | DateTimeInput | TimeInput], str, str], ...] = (
    (DateInput, "date", "%Y-%m-%d"),
    (DateTimeInput, "datetime-local", "%Y-%m-%dT%H:%M"),
    (TimeInput, "time", "%H:%M"),
)


def _leaves(widget: Widget) -> Iterator[Widget]:
    """Yield the widget, or the widgets that it is made of."""
    if isinstance(widget, MultiWidget):
        for inner in widget.widgets:
            yield from _leaves(inner)
    else:
        yield widget


def _use_native_inputs(widget: Widget) -> None:
    for leaf in _leaves(widget):
        for kind, input_type, iso in _NATIVE:
            if isinstance(leaf, kind) and not leaf.is_hidden:
                leaf.input_type, leaf.format = input_type, iso


class UswdsBoundField(BoundField):
    """A field with its data that knows where an error's link leads and how its input is marked."""

    def __init__(self, form: Form, field: Field, name: str) -> None:
        """Bind `field`. The form owns its copy, so its widget may be changed here."""
        super().__init__(form, field, name)
        _use_native_inputs(field.widget)

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Widget | None = None) -> dict[str, Any]:
        """Return the input's attributes, with the class that marks an error."""
        attrs = super().build_widget_attrs(attrs, widget)
        if self.errors and not self.is_hidden and not self.use_fieldset:
            given = (widget or self.field.widget).attrs.get("class", "")
            attrs["class"] = f"{given} usa-input--error".strip()
        return attrs

    @property
    def error_anchor(self) -> str:
        """The id of the first control, which the summary of errors leads to. Empty without ids."""
        if not self.auto_id:
            return ""
        return self.id_for_label or f"{self.auto_id}_0"

    @property
    def is_single_checkbox(self) -> bool:
        """Tell whether the label stands after the box."""
        return self.widget_type == "checkbox"


class UswdsRenderer(TemplatesSetting):
    """The project's form renderer (setting FORM_RENDERER)."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"
    bound_field_class = UswdsBoundField
