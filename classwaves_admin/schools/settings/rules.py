"""What values of several keys may not say together. Pure: values in, sentences out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

__all__ = ["Editor", "Problem", "problems"]

Values = Mapping[str, Any]


class Problem(NamedTuple):
    """Why values cannot stand together: the keys that they stand under, and a sentence."""

    keys: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Editor:
    """Who changes a setting: the mail domain of their own address, and whether the portal demands a second factor."""

    domain: str
    portal_demands_second_factor: bool


def problems(values: Values, editor: Editor, changed: frozenset[str]) -> list[Problem]:
    """Return what cannot stand of the values in force after a change; only what the changed keys have a part in.

    Values that are wrong already, by another service's hand, do not bar a change that has nothing to do with them.
    """
    found = [*(rule(values) for rule in _RULES), _own_domain(values, editor), _second_factor(values, editor)]
    return [one for one in found if one is not None and changed & set(one.keys)]


def _reminders_within(days: str, end: str, words: str) -> Callable[[Values], Problem | None]:
    def rule(values: Values) -> Problem | None:
        if not values[days] or max(values[days]) < values[end]:
            return None
        return Problem((days, end), words.format(last=max(values[days]), end=values[end]))

    return rule


def _default_language(values: Values) -> Problem | None:
    keys = ("languages.offered", "languages.default")
    if "en" not in values[keys[0]]:
        return Problem(keys[:1], "English is always offered: it is the language of what has no other.")
    if values[keys[1]] not in values[keys[0]]:
        return Problem(keys, "The language of guardians whose language is not known has to be one that is offered.")
    return None


def _age_days(values: Values) -> Problem | None:
    keys = ("retention.age_days_under_13", "retention.age_days")
    if values[keys[0]] <= values[keys[1]]:
        return None
    return Problem(keys, "Data of a child under 13 may not stay longer than an older student’s (16 CFR 312.10).")


def _own_domain(values: Values, editor: Editor) -> Problem | None:
    domains = values["sign_in.domains"]
    if not domains or editor.domain in domains:
        return None
    return Problem(("sign_in.domains",), f"Your own address ends in {editor.domain}: without it you lock yourself out.")


def _second_factor(values: Values, editor: Editor) -> Problem | None:
    if values["sign_in.second_factor"] or not editor.portal_demands_second_factor:
        return None
    return Problem(
        ("sign_in.second_factor",), "This portal demands a second factor of everybody: it cannot be lowered."
    )


_RULES: tuple[Callable[[Values], Problem | None], ...] = (
    _reminders_within(
        "reminders.answer_days",
        "consent.invitation_days",
        "The last reminder goes after {last} days, but the guardian’s link ends after {end}.",
    ),
    _reminders_within(
        "reminders.confirm_days",
        "consent.verification_days",
        "The last reminder goes after {last} days, but the link to confirm ends after {end}.",
    ),
    _reminders_within(
        "reminders.expiry_days",
        "consent.valid_days",
        "Guardians would be asked again {last} days before the end of a consent that lasts {end} days.",
    ),
    _default_language,
    _age_days,
)
