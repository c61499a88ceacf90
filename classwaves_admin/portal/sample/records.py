"""What the consents of each child allowed at any moment of the sample."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from classwaves_admin.portal.sample.families import Family
from classwaves_admin.portal.sample.ledger import facts_of
from classwaves_admin.warehouse.models import ParentalConsent
from consent.models import Answer
from consent.queries.circumstances import Ground, circumstances_from
from consent.rules.effective import Circumstances
from consent.rules.flags import flags_for
from consent.rules.gate import may_analyse, may_record
from consent.rules.status import ConsentRow


class Records:
    """Asks the rules of consent about the sample's children, now or in the past."""

    def __init__(
        self, families: Sequence[Family], rows: Sequence[ParentalConsent], answers: Sequence[Answer], now: datetime
    ) -> None:
        self._now = now
        self._rows: dict[str, list[ParentalConsent]] = defaultdict(list)
        for row in rows:
            self._rows[row.student_id].append(row)
        guardian_of = {answer.consent_id: answer.guardian_id for answer in answers}
        restricted = {
            (tie.student_id, tie.guardian_id)
            for family in families
            for tie in family.ties
            if tie.restricted or tie.guardian.restricted_at
        }
        self._restricted = {row.id for row in rows if (row.student_id, guardian_of.get(row.id, "")) in restricted}
        ages = [child.age for family in families for child in family.children]
        schools = {age.student_id: age.school_id for age in ages}
        grounds = dict.fromkeys(schools.values(), Ground())
        self._about: Mapping[str, Circumstances] = circumstances_from(ages, schools, now, confirmed=(), grounds=grounds)

    def rows(self, student_id: str, at: datetime | None = None) -> list[ConsentRow]:
        """Return the facts of a child's rows, as they stood at a moment."""
        rows = self._rows.get(student_id, [])
        found = (facts_of(row, restricted=row.id in self._restricted, at=at) for row in rows)
        return [facts for facts in found if facts is not None]

    def recordable(self, student_id: str, at: datetime) -> bool:
        """Tell whether the child might be recorded at that moment."""
        return may_record(self.rows(student_id, at), self._about[student_id], at)

    def analysable(self, student_id: str, at: datetime) -> bool:
        """Tell whether what the child said might be analysed at that moment."""
        return may_analyse(self.rows(student_id, at), self._about[student_id], at)

    def set_flags(self, families: Sequence[Family]) -> None:
        """Set the flags of every student as the rules say."""
        for family in families:
            for child in family.children:
                flags = flags_for(self.rows(child.id), self._about[child.id], self._now)
                for column, value in flags.columns().items():
                    setattr(child.student, column, value)
