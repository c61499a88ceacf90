"""The forms in which settings are changed: a field for each kind of value."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import available_timezones

from django import forms

from classwaves_admin.lib.choices import Choice
from classwaves_admin.schools.models import REASON_LENGTH
from classwaves_admin.schools.setting_kinds import Kind, NotOfKind, read_text
from classwaves_admin.schools.settings.queries import DistrictState, Line
from classwaves_admin.schools.settings.rules import Problem
from classwaves_admin.schools.settings.words import origin_words, value_words
from classwaves_admin.schools.settings_registry import Setting
from classwaves_admin.schools.time_zones import TIME_ZONE_KEY
from classwaves_admin.schools.values import Origin

__all__ = ["DistrictForm", "SchoolForm", "field_name"]

BACK = "back-"
_MOST = 100_000_000
_YES_NO: tuple[Choice, ...] = (("true", "Yes"), ("false", "No"))
_UNITS = {"hours": timedelta(hours=1), "minutes": timedelta(minutes=1)}
# The zones of the United States stand first; the rest of the world follows.
_NEAR = (
    *("America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles"),
    *("America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico"),
)


def field_name(key: str) -> str:
    """Return the name of a key's field: dots would mean something else to a browser's scripts."""
    return key.replace(".", "-")


class _Settings(forms.Form):
    """What both forms share: reading a typed value, and the reason."""

    def read(self, setting: Setting, typed: Any) -> Any:
        """Return the value that was typed, and put a fault at its field. None where it is none."""
        try:
            value = _value(setting, typed)
            fault = setting.fault(value)
        except NotOfKind:
            value, fault = None, "It cannot be read: look at the example beside it."
        if fault:
            self.add_error(field_name(setting.key), fault)
            return None
        return value

    def refuse(self, found: Sequence[Problem]) -> None:
        """Put each problem at the first of its fields that the form has."""
        for problem in found:
            names = [field_name(key) for key in problem.keys if field_name(key) in self.fields]
            self.add_error(names[0] if names else None, problem.words)

    def ask_for_reason(self) -> None:
        """Say that the reason is missing."""
        self.add_error("reason", "Say why: this decides about privacy.")


class SchoolForm(_Settings):
    """The keys of one group at one school. What is as it was is not changed; a tick goes back to what is above."""

    def __init__(self, *args: Any, lines: Sequence[Line], **kwargs: Any) -> None:
        """Take the lines that the person may edit."""
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            setting, name = line.setting, field_name(line.setting.key)
            self.fields[name] = _field(setting, line.value.value)
            if line.text is not None:
                above = line.inherited
                words = f"Go back to what {_above(above.origin)}: {value_words(setting, above.value)}"
                self.fields[f"{BACK}{name}"] = forms.BooleanField(label=words, required=False)
        if any(line.setting.private for line in lines):
            self.fields["reason"] = _reason()
        seen = " ".join(f"{line.setting.key}={line.print}" for line in lines)
        self.fields["seen"] = forms.CharField(widget=forms.HiddenInput, initial=seen)

    def clean(self) -> dict[str, Any]:
        """Read each value that is not to go back."""
        self.wanted: dict[str, Any] = {}
        for line in self.lines:
            setting, name = line.setting, field_name(line.setting.key)
            if self.cleaned_data.get(f"{BACK}{name}"):
                self.wanted[setting.key] = None
            elif name in self.cleaned_data:
                value = self.read(setting, self.cleaned_data[name])
                if name not in self.errors and (value != line.value.value or line.text is not None or line.faults):
                    self.wanted[setting.key] = value
        return self.cleaned_data

    def seen(self) -> dict[str, str]:
        """Return the prints of what the person saw, by key."""
        pairs = (word.partition("=") for word in str(self.data.get("seen", "")).split())
        return {key: print_ for key, _, print_ in pairs}


class DistrictForm(_Settings):
    """One key for all schools of a district, and whether it is locked."""

    locked = forms.BooleanField(
        label="Decide this for every school",
        required=False,
        help_text=(
            "It counts whatever a school’s own settings say, and schools cannot change it."
            " Otherwise it counts where a school has no value of its own."
        ),
    )

    def __init__(self, *args: Any, state: DistrictState, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state, name = state, field_name(state.setting.key)
        self.fields[name] = _field(state.setting, state.value.value)
        self.initial["locked"] = state.locked
        self.fields["reason"] = _reason()
        self.fields["reason"].required = state.setting.private
        self.fields["seen"] = forms.CharField(widget=forms.HiddenInput, initial=state.print)
        self.order_fields([name, "locked", "reason", "seen"])

    def clean(self) -> dict[str, Any]:
        """Read the value."""
        name = field_name(self.state.setting.key)
        self.value = self.read(self.state.setting, self.cleaned_data[name]) if name in self.cleaned_data else None
        return self.cleaned_data


def _reason() -> forms.CharField:
    return forms.CharField(
        label="Reason",
        required=False,
        max_length=REASON_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Stands in the history. Needed where privacy is concerned. Name no student.",
    )


def _above(origin: Origin) -> str:
    return f"{origin_words(origin).lower()} says"


def _field(setting: Setting, value: Any) -> forms.Field:
    """Return the field of a kind, filled with the value in force."""
    said: dict[str, Any] = {"label": setting.label, "help_text": setting.help, "required": False}
    if choices := _choices(setting, value):
        if setting.kind is not Kind.LIST:
            return forms.ChoiceField(**said, choices=choices, initial=setting.write(value))
        return forms.MultipleChoiceField(
            **said, choices=choices, widget=forms.CheckboxSelectMultiple, initial=list(value)
        )
    if setting.unit and setting.unit not in f"{setting.label} {setting.help}".lower():
        said["help_text"] = f"{setting.help} In {setting.unit}."
    if setting.kind in {Kind.INT, Kind.DURATION}:
        count = round(value / _UNITS[setting.unit]) if setting.kind is Kind.DURATION else value
        return forms.IntegerField(**{**said, "required": True}, min_value=0, max_value=_MOST, initial=count)
    if setting.kind is Kind.EMAIL:
        return forms.EmailField(**said, initial=value)
    if setting.kind is Kind.LIST:
        said["help_text"] += " With commas between them."
        return forms.CharField(**said, initial=", ".join(map(str, value)))
    return forms.CharField(**said, initial=value)


def _choices(setting: Setting, value: Any) -> Sequence[Choice]:
    """Return what a setting offers; nothing where people type."""
    if setting.kind is Kind.BOOL:
        return _YES_NO
    if setting.key == TIME_ZONE_KEY:
        return _zones(value)
    return list(setting.choices.items()) if setting.choices else ()


def _zones(now: str) -> list[Choice]:
    rest = sorted(available_timezones() - set(_NEAR) | {now} - set(_NEAR))
    return [("United States", [(one, one) for one in _NEAR]), ("Others", [(one, one) for one in rest])]


def _value(setting: Setting, typed: Any) -> Any:
    """Return what was typed as a value of the setting's kind. Raises NotOfKind."""
    if setting.kind is Kind.DURATION:
        return typed * _UNITS[setting.unit]
    if setting.kind is Kind.INT:
        return typed
    if setting.kind is Kind.LIST and setting.choices:
        return tuple(typed)
    text = " ".join(str(typed).split())
    if setting.kind is not Kind.LIST:
        return read_text(setting.kind, text)
    words: tuple[str, ...] = read_text(Kind.LIST, text.lower())
    return tuple(int(one) if one.isascii() and one.isdecimal() else one for one in words)
