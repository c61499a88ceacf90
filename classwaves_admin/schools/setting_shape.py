"""What the registry says about one setting, and the bounds that its entries use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.conf import settings

from classwaves_admin.accounts.roles import Role
from classwaves_admin.schools.setting_kinds import Kind, NotOfKind, as_text, is_named, read_text

__all__ = [
    "DISTRICT",
    "NOBODY",
    "OWN_PEOPLE",
    "SCHOOL",
    "Group",
    "Setting",
    "at_most_portal",
    "between",
    "days_list",
    "month_day",
]

Check = Callable[[Any], str]

# Who may edit a key: a school's office and the district's, the district's alone, both without ClassWaves (whatever
# grant it has entered), nobody on these pages.
DISTRICT = frozenset({Role.DISTRICT_ADMIN, Role.SUPER_ADMIN})
SCHOOL = DISTRICT | {Role.SCHOOL_ADMIN}
OWN_PEOPLE = SCHOOL - {Role.SUPER_ADMIN}
NOBODY: frozenset[Role] = frozenset()
_A_YEAR = 366


class Group(StrEnum):
    """The parts of the settings page, in its order; the label is the heading."""

    label: str

    def __new__(cls, value: str, label: str) -> Group:
        """Make a member from its code and its words."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    SCHOOL = "school", "School"
    CONSENT = "consent", "Consent"
    REMINDERS = "reminders", "Reminders to guardians"
    GATE = "gate", "Recording"
    RETENTION = "retention", "Retention and requests"
    LANGUAGES = "languages", "Languages"
    BRANDING = "branding", "Look"
    SIGN_IN = "sign_in", "Sign-in"
    MAIL = "mail", "Mail"


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of `admin.school_settings`.

    `default` returns what the portal says where neither school nor district does; it is asked each time, for
    most defaults are settings of the portal (docs/configuration.md). `check` returns a sentence for a value that
    cannot stand, else nothing. `private` keys decide about privacy: a change needs a reason. Values of a `personal`
    key name a person or an address: they stay out of the audit log. `unit` stands behind a number on pages.
    A key without `of_district` is the school's own: no district can set it for all. Of an `exact` key the text counts
    to the letter, whatever type its row names: blanks around it are a fault (accounts/directory.py).
    """

    key: str
    kind: Kind
    default: Callable[[], Any]
    label: str
    help: str
    group: Group
    editors: frozenset[Role] = SCHOOL
    private: bool = False
    personal: bool = False
    of_district: bool = True
    exact: bool = False
    choices: Mapping[str, str] | None = None
    check: Check | None = None
    unit: str = ""

    def read(self, text: str | None) -> Any:
        """Return the value of a stored text. Raises NotOfKind for one that is none of this setting's."""
        value = read_text(self.kind, text)
        if self.exact and value != text:
            raise NotOfKind("there are blanks around it")
        if fault := self.fault(value):
            raise NotOfKind(fault)
        return value

    def takes(self, setting_type: str | None) -> bool:
        """Tell whether a row that names this type counts."""
        return self.exact or is_named(self.kind, setting_type)

    def write(self, value: Any) -> str:
        """Return the text in which a value is stored."""
        return as_text(self.kind, value)

    def fault(self, value: Any) -> str:
        """Return the sentence that says why a value of the right kind cannot stand; empty where it can."""
        named = value if self.kind is Kind.LIST else (value,)
        if self.choices is not None and not all(one in self.choices for one in named):
            return "It is none of the choices."
        return self.check(value) if self.check else ""


def between(least: int, most: int) -> Check:
    """Return the check of a whole number within bounds."""

    def check(value: Any) -> str:
        return "" if least <= value <= most else f"It has to be from {least} to {most}."

    return check


def at_most_portal(name: str, least: int = 1) -> Check:
    """Return the check of a number that a school may make smaller than the portal's own setting, never larger."""

    def check(value: Any) -> str:
        return between(least, int(getattr(settings, name)))(value)

    return check


def days_list(value: Any) -> str:
    """Check days after or before an event: each once, smallest first."""
    if not all(isinstance(day, int) and not isinstance(day, bool) and 1 <= day <= _A_YEAR for day in value):
        return f"Each has to be a whole number of days from 1 to {_A_YEAR}."
    return "" if list(value) == sorted(set(value)) else "The days have to ascend, each once."


def month_day(value: Any) -> str:
    """Check a day of the year as MM-DD; empty for none."""
    try:
        # A leap year: 29 February is a day too. A week and its day, which the standard knows, are no month.
        if value and date.fromisoformat(f"2024-{value}").strftime("%m-%d") != value:
            raise ValueError("no month and day")
    except ValueError:
        return "It has to be a month and a day, such as 06-12."
    return ""
