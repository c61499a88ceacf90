"""The numbers of the dashboard as tiles, open work and bars. Pure: counts in, words out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import ngettext

from consent.queries.overview import Numbers
from consent.rules.overview import Standing, Together, standings_of
from consent.rules.register import Look
from consent.rules.watch import Watch
from consent.rules.worklist import Matter

# Five tones tell five groups apart; the standings that ask for the same work share one.
GROUPS: tuple[tuple[Standing | Together, str], ...] = (
    (Standing.RECORDABLE, "good"),
    (Standing.UNVERIFIED, "wait"),
    (Standing.WAITING, "info"),
    (Together.AGAINST, "bad"),
    (Together.SILENT, "neutral"),
)


@dataclass(frozen=True, slots=True)
class Tile:
    """One number, and the list behind it: the name of its URL and what to ask it for; empty where there is none.

    Where a list is a part of a page, `query` is "#" and the id of that part.
    """

    label: str
    value: int
    note: str = ""
    page: str = ""
    query: str = ""
    attention: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """Something that waits for the office, in one sentence, with the list of those concerned as `Tile` names it."""

    sentence: str
    page: str
    query: str


STUDENTS, WORKLIST, AGES = "student-list", "worklist", "age-list"


def _students(standing: Standing | Together) -> tuple[str, str]:
    return STUDENTS, f"standing={standing}"


def _matter(matter: Matter) -> tuple[str, str]:
    return WORKLIST, f"matter={matter}"


def tiles(numbers: Numbers, watch: Watch) -> list[Tile]:
    """Return the numbers that a school's office asks for every morning."""
    count = numbers.standings
    return [
        Tile("Students", numbers.students, "active", STUDENTS),
        Tile("May be recorded today", count[Standing.RECORDABLE], _share(numbers), *_students(Standing.RECORDABLE)),
        Tile("Waiting for an answer", count[Standing.WAITING], "a request is open", *_students(Standing.WAITING)),
        Tile(
            "Not verified in time",
            numbers.overdue,
            f"answered more than {watch.overdue_days} days ago",
            *_matter(Matter.UNVERIFIED),
            attention=numbers.overdue > 0,
        ),
        Tile("Refused", count[Standing.REFUSED], "are never recorded", *_students(Standing.REFUSED)),
        Tile(
            "Guardians disagree",
            numbers.conflicts,
            "nothing is permitted meanwhile",
            *_matter(Matter.CONFLICT),
            attention=numbers.conflicts > 0,
        ),
        Tile(
            "Ends soon",
            numbers.ends_soon,
            f"within {watch.ends_soon_days} days",
            *_matter(Matter.ENDING),
            attention=numbers.ends_soon > 0,
        ),
        Tile(
            "Under 13 without consent",
            numbers.under_13_without_consent,
            "no parent’s consent in force",
            AGES,
            f"look={Look.WITHOUT_CONSENT}",
            attention=numbers.under_13_without_consent > 0,
        ),
    ]


def open_work(numbers: Numbers) -> list[Work]:
    """Return what waits for the office, the most pressing first."""
    count = numbers.standings
    candidates = (
        (
            numbers.conflicts,
            ngettext(
                "%(n)d student’s guardians disagree", "The guardians of %(n)d students disagree", numbers.conflicts
            ),
            _matter(Matter.CONFLICT),
        ),
        (
            numbers.overdue,
            ngettext(
                "%(n)d student’s second step is late",
                "The second step of %(n)d students is late",
                numbers.overdue,
            ),
            _matter(Matter.UNVERIFIED),
        ),
        (
            count[Standing.EXPIRED],
            ngettext(
                "The consent for %(n)d student has expired",
                "The consent for %(n)d students has expired",
                count[Standing.EXPIRED],
            ),
            _students(Standing.EXPIRED),
        ),
        (
            count[Standing.NOT_ASKED],
            ngettext(
                "Nobody has been asked about %(n)d student",
                "Nobody has been asked about %(n)d students",
                count[Standing.NOT_ASKED],
            ),
            _students(Standing.NOT_ASKED),
        ),
        (
            count[Standing.ADULT],
            ngettext(
                "%(n)d adult student must answer alone", "%(n)d adult students must answer alone", count[Standing.ADULT]
            ),
            _students(Standing.ADULT),
        ),
    )
    return [Work(words % {"n": number}, *behind) for number, words, behind in candidates if number]


# What waits beside consent: one, many, and the list of exactly those.
WAITING: Mapping[str, tuple[str, str, str, str]] = {
    "stuck": (
        "%(n)d change is stuck on its way to the catalog",
        "%(n)d changes are stuck on their way to the catalog",
        "outbox",
        "#stuck",
    ),
    "unusual": (
        "On %(n)d day somebody saw far more records than usual",
        "On %(n)d days somebody saw far more records than usual",
        "unusual-list",
        "",
    ),
    "requests": (
        "%(n)d request about a student’s data must be answered soon",
        "%(n)d requests about students’ data must be answered soon",
        "request-list",
        "state=soon",
    ),
    "support": (
        "%(n)d request of ClassWaves to look at student data waits for your answer",
        "%(n)d requests of ClassWaves to look at student data wait for your answer",
        "support-list",
        "state=asked",
    ),
    "moves": (
        "%(n)d school’s move to another district waits for your word",
        "The moves of %(n)d schools to another district wait for your word",
        "school-list",
        "",
    ),
    "changes": (
        "%(n)d change of how long data stay waits for a decision",
        "%(n)d changes of how long data stay wait for a decision",
        "policy-list",
        "",
    ),
    "runs": (
        "%(n)d deletion by policy waits for a decision",
        "%(n)d deletions by policy wait for a decision",
        "run-list",
        "state=ready",
    ),
    "removals": (
        "%(n)d certificate is late: deleted rows are still on the disk",
        "%(n)d certificates are late: deleted rows are still on the disk",
        "certificate-list",
        "state=late",
    ),
    "reviews": (
        "%(n)d review of who may sign in is due in this term",
        "%(n)d reviews of who may sign in are due in this term",
        "review-list",
        "",
    ),
    "mails": ("%(n)d mail could not be sent", "%(n)d mails could not be sent", "queue-list", "state=failed"),
    "jobs": ("%(n)d job was stopped by a fault", "%(n)d jobs were stopped by a fault", "job-list", "state=failed"),
    "findings": (
        "In %(n)d place the catalog differs from the inventory",
        "In %(n)d places the catalog differs from the inventory",
        "inventory",
        "#findings-title",
    ),
}


def waiting(numbers: Mapping[str, int]) -> list[Work]:
    """Return what waits beside consent, the most pressing first; what counts nothing is left out."""
    found = []
    for name, (one, many, page, query) in WAITING.items():
        number = numbers.get(name, 0)
        if number:
            found.append(Work(ngettext(one, many, number) % {"n": number}, page, query))
    return found


@dataclass(frozen=True, slots=True)
class Named:
    """A school or grade: its words, and what narrows the list of students to it; None where nothing can."""

    words: str
    query: str | None = None


def bars(named: Iterable[tuple[Named, Numbers]], address: Callable[[str], str]) -> Sequence[dict[str, Any]]:
    """Return the rows of the chart: for each name, the students of each group, and the addresses of their lists.

    `address` gives the list of students for a query; empty text for who may not open it.
    """
    return [
        {
            "name": name.words,
            "url": "" if name.query is None else address(name.query),
            "parts": [
                {
                    "label": group.label,
                    "tone": tone,
                    "count": sum(numbers.standings[one] for one in standings_of(group)),
                    "url": "" if name.query is None else address(f"{name.query}&standing={group}"),
                }
                for group, tone in GROUPS
            ],
        }
        for name, numbers in named
    ]


def _share(numbers: Numbers) -> str:
    part = numbers.standings[Standing.RECORDABLE]
    return f"{100 * part // numbers.students} % of all" if numbers.students else ""
