"""What the pages about notices show: the school, its notices, who wrote them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from classwaves_admin.accounts.staff_names import staff_names
from classwaves_admin.warehouse.models import School
from consent.models import NoticeText, NoticeVersion
from consent.notices.texts import SchoolFacts, blanks_of
from consent.queries.notice_versions import Desk, Which, desks, drafts_by_school, uses
from consent.queries.notices import facts_of_schools
from consent.rules.notices import Fault
from consent.vocabulary import ConsentType


@dataclass(frozen=True, slots=True)
class Line:
    """One notice in the list of a school's notices.

    `behind`: the same notice has a higher number in another language, so this one may tell something older.
    `unnamed`: it speaks of third parties in the portal's general words (312.5(a)(2): consent names them).
    """

    desk: Desk
    blanks: tuple[str, ...]
    faults: tuple[Fault, ...]
    answers: int
    behind: bool
    unnamed: bool

    @property
    def changed_at(self) -> datetime | None:
        """When somebody last worked on it; None where nobody has."""
        if self.desk.draft:
            return self.desk.draft.edited_at
        return self.desk.active.activated_at if self.desk.active else None


@dataclass(frozen=True, slots=True)
class SchoolLine:
    """One school in the list of schools: what keeps its notices from being sent, and how many drafts wait."""

    school: School
    blanks: tuple[str, ...]
    drafts: int


def notice_lines(facts: SchoolFacts) -> list[Line]:
    """Return a school's notices by type, then language. No query to the warehouse."""
    found = desks(facts.school.id)
    used = uses(facts.school.id)
    highest = {kind: max(one.number for (other, _), one in found.items() if other is kind) for kind, _ in found}
    return [
        Line(
            desk=one,
            blanks=blanks_of(facts, kind, language),
            faults=one.faults_of(one.draft_source) if one.draft_source else (),
            answers=used.get((kind.value, language, one.active.id if one.active else ""), 0),
            behind=one.number < highest[kind],
            unnamed=kind is ConsentType.THIRD_PARTY and not one.names_its_parties,
        )
        for (kind, language), one in found.items()
    ]


def school_lines(school_ids: Sequence[str]) -> list[SchoolLine]:
    """Return schools by name with what is blank in their notices: one query to the warehouse."""
    facts = facts_of_schools(school_ids)
    drafts = drafts_by_school(facts)
    lines = [SchoolLine(one.school, _blanks_of_all(one), drafts.get(school_id, 0)) for school_id, one in facts.items()]
    return sorted(lines, key=lambda line: (line.school.name.casefold(), line.school.id))


def frozen_texts(version: NoticeVersion) -> list[NoticeText]:
    """Return every text that was shown word for word from this version, oldest first."""
    return list(NoticeText.objects.filter(school_id=version.school_id, written_from=version.id).order_by("created_at"))


def writers(versions: Iterable[NoticeVersion]) -> Mapping[str, str]:
    """Return the names of those who wrote or activated texts, by id: one query to the warehouse."""
    return staff_names(person for one in versions for person in (one.created_by, one.activated_by))


def which_of(consent_type: str, school_id: str, language: str) -> Which:
    """Return the notice that an address names. Raises LookupError for a type or language that is not ours."""
    which = Which(school_id, _asked(consent_type), language)
    if which.language not in which.languages():
        raise LookupError("There are no notices in this language.")
    return which


def _asked(consent_type: str) -> ConsentType:
    for kind in Which.types():
        if kind == consent_type:
            return kind
    raise LookupError("There is no notice of this type.")


def _blanks_of_all(facts: SchoolFacts) -> tuple[str, ...]:
    found = {
        slot for kind in Which.types() for language in Which.languages() for slot in blanks_of(facts, kind, language)
    }
    return tuple(sorted(found))
