"""The reports that can be made in the background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from audit.making import kinds
from audit.models import Making
from audit.reports import access, coppa, disclosures, register
from audit.rules.reports import LongReport

MAKER = "audit.reports.making.make_report"


@dataclass(frozen=True, slots=True)
class Offer:
    """A report as the page offers it. `slug` stands in addresses; `asks` are the fields of its form.

    `gather` gives the rows of a long report; one that is none has a `maker` of its own. `of_one` is about one student.
    `count` counts the rows of one that may be too long to print, up to one more than `most`.
    """

    slug: str
    kind: str
    title: str
    about: str
    gather: Callable[[Making, datetime], LongReport] | None
    asks: frozenset[str]
    maker: str = MAKER
    of_one: bool = False
    count: Callable[[Making, int], int] | None = None

    @property
    def url_name(self) -> str:
        """Return the name of the address of its form."""
        return f"report-{self.slug}"


OFFERS = (
    Offer(
        "access-audit",
        access.KIND,
        access.TITLE,
        "Who saw or changed what: every event of the audit log, of a school or about one student.",
        access.gather,
        frozenset({"period", "event", "student", access.LOOKS}),
        count=access.count,
    ),
    Offer(
        "disclosures",
        disclosures.KIND,
        disclosures.TITLE,
        "Who asked for or was given education records (34 CFR 99.32), also as the copy that a parent may see.",
        disclosures.gather,
        frozenset({"period", "student", "copy"}),
    ),
    Offer(
        "consent-register",
        register.KIND,
        register.TITLE,
        "Where consent stands for each active student and each question, with the answer that carries it.",
        register.gather,
        frozenset({"status"}),
    ),
    Offer(
        "coppa-register",
        coppa.KIND,
        coppa.TITLE,
        "How old each student is treated as, how that is known, and which limits stand (16 CFR Part 312).",
        coppa.gather,
        frozenset({"ages"}),
    ),
    Offer(
        "consent-certificate",
        "report.consent_certificate",
        "Consent certificate",
        "All that was answered for one child, with the notices as they were shown. It is on the student’s page, too.",
        None,
        frozenset({"student"}),
        maker="audit.reports.certificate_making.make_certificate",
        of_one=True,
    ),
)


def register_all() -> None:
    """Register them, when Django starts."""
    for offer in OFFERS:
        kinds.register(offer.kind, offer.maker, title=offer.title, stem=offer.slug, again=True)


def gathers(kind: str) -> Callable[[Making, datetime], LongReport]:
    """Return what gathers the rows of a kind of report. Raises KeyError for another kind."""
    return {offer.kind: offer.gather for offer in OFFERS if offer.gather}[kind]


def offered(slug: str) -> Offer | None:
    """Return the report of an address, or None."""
    return next((offer for offer in OFFERS if offer.slug == slug), None)
