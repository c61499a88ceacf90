"""What asking would do, before anything is sent: counts for each school, and what blocks it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from consent.notices import shipped
from consent.notices.texts import SchoolFacts, missing_slots
from consent.queries.asking import Plan, whom_to_ask
from consent.queries.choosing import Choice, chosen_children
from consent.queries.everyone import Child
from consent.queries.notices import facts_of_schools
from consent.rules.asking import Skip
from consent.rules.names import without_name
from consent.rules.notices import names_its_parties
from consent.vocabulary import ConsentType

_SHARING = ConsentType.THIRD_PARTY


@dataclass(frozen=True, slots=True)
class SchoolPreview:
    """What asking would do in one school. `blanks` are the slots of its notice that block the sending.

    `names_partners`: the notice about sharing says with whom, rather than in the portal's general words.
    """

    school_id: str
    students: int
    plan: Plan
    blanks: tuple[str, ...] = ()
    names_partners: bool = True

    @property
    def mails(self) -> int:
        """How many guardians would get a mail."""
        return 0 if self.blanks else len(self.plan.askable)


@dataclass(frozen=True, slots=True)
class Preview:
    """What asking would do in all schools of the choice."""

    schools: tuple[SchoolPreview, ...] = ()

    @property
    def students(self) -> int:
        """How many students were chosen."""
        return sum(school.students for school in self.schools)

    @property
    def mails(self) -> int:
        """How many guardians would get a mail."""
        return sum(school.mails for school in self.schools)

    @property
    def children(self) -> int:
        """How many students these mails are about."""
        return sum(school.plan.children for school in self.schools if not school.blanks)

    @property
    def left_out(self) -> dict[Skip, int]:
        """How many pairs of guardian and student are left out, by reason, in the order of the rules."""
        found: Counter[Skip] = Counter()
        for school in self.schools:
            found.update(school.plan.skipped)
        return {reason: found[reason] for reason in Skip if found[reason]}

    @property
    def without_name(self) -> list[str]:
        """The students whom no mail can call by a name, as far as somebody would be asked about them."""
        pairs = chain.from_iterable(school.plan.left_out.items() for school in self.schools)
        return sorted({student_id for (_, student_id), reason in pairs if reason is Skip.NO_NAME})

    @property
    def without_guardian(self) -> int:
        """How many students have no guardian in the roster."""
        return sum(school.plan.without_guardian for school in self.schools)

    @property
    def unnamed(self) -> list[SchoolPreview]:
        """The schools that would ask for a consent to sharing without saying with whom."""
        return [school for school in self.schools if school.mails and not school.names_partners]

    @property
    def blocked(self) -> list[SchoolPreview]:
        """The schools whose notice has blanks."""
        return [school for school in self.schools if school.blanks]


def preview_of(choice: Choice, now: datetime) -> Preview:
    """Return what asking would do. At most three warehouse queries, whatever the number of students and schools."""
    by_school: dict[str, dict[str, Child]] = {}
    for student_id, child in chosen_children(choice, now).items():
        by_school.setdefault(child.school_id, {})[student_id] = child
    facts = facts_of_schools(by_school)
    return Preview(
        tuple(
            _of_school(facts[school_id], children, now)
            for school_id, children in sorted(by_school.items())
            if school_id in facts
        )
    )


def _of_school(facts: SchoolFacts, children: Mapping[str, Child], now: datetime) -> SchoolPreview:
    about = {student_id: child.about for student_id, child in children.items()}
    nameless = without_name((student_id, child.name) for student_id, child in children.items())
    plan = whom_to_ask(list(children), now, about=about, nameless=nameless)
    languages = {shipped.known_language(guardian.language) for guardian in plan.askable}
    named = all(
        names_its_parties(facts.source(_SHARING, one).words, shipped.own_words(one, _SHARING)) for one in languages
    )
    return SchoolPreview(facts.school.id, len(children), plan, missing_slots(facts, languages), named)
