"""Guardians and whom they answer for, in the portal's own memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from classwaves_admin.schools.oneroster import Guardian as Listed
from classwaves_admin.schools.oneroster import Relation, Roster
from consent.actions.close import close_invitations
from consent.models import Guardian, Guardianship
from consent.roster.identity import Kind, row_id
from consent.roster.kinship import language_of, relationship_of
from consent.roster.staff import address_of
from consent.roster.tally import Kept, Outcome, Tally


@dataclass(slots=True)
class Families:
    """The relations of a roster by student, with the guardians by sourcedId."""

    guardians: dict[str, Listed]
    of_student: dict[str, list[Relation]]

    @classmethod
    def of(cls, roster: Roster) -> Families:
        """Sort the relations of a roster."""
        of_student: dict[str, list[Relation]] = defaultdict(list)
        for relation in roster.relations:
            of_student[relation.student].append(relation)
        return cls({guardian.sourced_id: guardian for guardian in roster.guardians}, dict(of_student))

    def contacts(self, students: Iterable[str]) -> dict[str, str | None]:
        """Return the one address of each student's family.

        None where the family has none or several: the first in a file is not the one in authority.
        """
        found: dict[str, str | None] = {}
        for student in students:
            listed = [self.guardians[relation.guardian] for relation in self.of_student.get(student, [])]
            addresses = {address_of(guardian.email) for guardian in listed if not guardian.leaving} - {""}
            found[student] = addresses.pop() if len(addresses) == 1 else None
        return found


@dataclass(slots=True)
class FamilyChanges:
    """Writes for guardians and guardianships that are decided but not made yet."""

    now: datetime
    tally: Tally
    new_guardians: dict[str, Guardian] = field(default_factory=dict)
    changed_guardians: list[Guardian] = field(default_factory=list)
    new_addresses: list[tuple[Guardian, str]] = field(default_factory=list)
    new_ties: list[Guardianship] = field(default_factory=list)
    changed_ties: list[Guardianship] = field(default_factory=list)
    ended_by_roster: list[Guardianship] = field(default_factory=list)
    ended_by_move: list[Guardianship] = field(default_factory=list)

    def write(self) -> None:
        """Make the writes, in the caller's transaction."""
        Guardian.objects.bulk_create(self.new_guardians.values())
        for guardian in self.changed_guardians:
            guardian.updated_at = self.now
            guardian.save(update_fields=["name", "language", "restricted_at", "updated_at"])
        for guardian, address in self.new_addresses:
            guardian.move_to(address, now=self.now)
        # Links that went to an old address, or to someone the roster takes out, die.
        gone = {guardian.id for guardian, _ in self.new_addresses} | {tie.guardian_id for tie in self.ended_by_roster}
        close_invitations(guardian_ids=gone, now=self.now)
        Guardianship.objects.bulk_create(self.new_ties)
        for tie in self.changed_ties:
            tie.updated_at = self.now
            tie.save(update_fields=["relationship", "updated_at"])
        ended = [*self.ended_by_roster, *self.ended_by_move]
        Guardianship.objects.filter(pk__in=[tie.pk for tie in ended]).delete()


class FamilyPlan:
    """Plans the families of one school. Absence from a package changes nothing here."""

    def __init__(self, school: str, school_id: str, district: str, families: Families) -> None:
        self._school = school
        self._school_id = school_id
        self._district = district
        self._families = families
        self._counted: set[str] = set()

    def plan(self, student_ids: Mapping[str, str], now: datetime, tally: Tally) -> FamilyChanges:
        """Return the changes for some students, given as sourcedId to row id."""
        changes = FamilyChanges(now, tally)
        relations = [relation for student in student_ids for relation in self._families.of_student.get(student, [])]
        guardians = self._guardians({relation.guardian for relation in relations}, changes)
        ties = self._ties(student_ids.values())
        for relation in relations:
            listed, student_id = self._families.guardians[relation.guardian], student_ids[relation.student]
            held = ties.get((student_id, relation.guardian), [])
            here = next((tie for tie in held if tie.school_id == self._school_id), None)
            elsewhere = [tie for tie in held if tie.school_id != self._school_id]
            if listed.leaving:
                changes.ended_by_roster += held
                tally.note("guardianships_ended", len(held))
                continue
            guardian = guardians[relation.guardian]
            self._settle_tie(relation, student_id, guardian, here, elsewhere, changes)
        return changes

    def _guardians(self, wanted: Iterable[str], changes: FamilyChanges) -> dict[str, Guardian]:
        rows = Guardian.objects.filter(school_id=self._school_id, source_id__in=list(wanted))
        found = {row.source_id: row for row in rows}
        for sourced_id in sorted(wanted):
            listed = self._families.guardians[sourced_id]
            if sourced_id in found:
                self._settle_guardian(found[sourced_id], listed, changes)
            elif not listed.leaving:
                found[sourced_id] = self._new_guardian(listed, changes)
        return found

    def _new_guardian(self, listed: Listed, changes: FamilyChanges) -> Guardian:
        guardian = Guardian(
            id=row_id(Kind.GUARDIAN, self._district, self._school, listed.sourced_id),
            school_id=self._school_id,
            source_id=listed.sourced_id,
            name=listed.name[:200],
            email=self._address(listed, changes),
            language=language_of(listed.language) or "en",
            created_at=changes.now,
            updated_at=changes.now,
        )
        changes.new_guardians[listed.sourced_id] = guardian
        self._count(listed.sourced_id, Outcome.ADDED, changes)
        return guardian

    def _settle_guardian(self, row: Guardian, listed: Listed, changes: FamilyChanges) -> None:
        if listed.sourced_id in self._counted:
            return
        name, language = listed.name[:200], language_of(listed.language) or row.language
        address = self._address(listed, changes)
        # A blank in the file unsays nothing: the office may have asked for the address itself.
        moved = bool(address) and address != row.email.lower()
        if moved:
            changes.new_addresses.append((row, address))
        if (row.name, row.language) != (name, language):
            row.name, row.language = name, language
            changes.changed_guardians.append(row)
            moved = True
        self._count(listed.sourced_id, Outcome.CHANGED if moved else Outcome.UNCHANGED, changes)

    def _address(self, listed: Listed, changes: FamilyChanges) -> str:
        address = address_of(listed.email)
        if not address and listed.sourced_id not in self._counted:
            changes.tally.note("guardian_address_unreadable" if listed.email else "guardians_without_address")
        return address

    def _count(self, sourced_id: str, outcome: Outcome, changes: FamilyChanges) -> None:
        """Count a guardian once, though their children may stand in several parts."""
        self._counted.add(sourced_id)
        changes.tally.count(Kept.GUARDIANS, outcome)

    @staticmethod
    def _ties(student_ids: Iterable[str]) -> dict[tuple[str, str], list[Guardianship]]:
        found: dict[tuple[str, str], list[Guardianship]] = defaultdict(list)
        for tie in Guardianship.objects.filter(student_id__in=list(student_ids)).select_related("guardian"):
            if tie.guardian.source_id:
                found[(tie.student_id, tie.guardian.source_id)].append(tie)
        return found

    def _settle_tie(
        self,
        relation: Relation,
        student_id: str,
        guardian: Guardian,
        here: Guardianship | None,
        elsewhere: Sequence[Guardianship],
        changes: FamilyChanges,
    ) -> None:
        relationship = relationship_of(role=relation.role, stated=relation.stated)
        if not relationship:
            changes.tally.note("authority_unknown")
        changes.ended_by_move += elsewhere
        if here is None:
            self._carry_order(guardian, elsewhere, changes)
            tie = Guardianship(
                id=row_id(Kind.GUARDIANSHIP, self._district, self._school, relation.guardian, relation.student),
                guardian=guardian,
                school_id=self._school_id,
                student_id=student_id,
                relationship=next((tie.relationship for tie in elsewhere if tie.relationship), relationship),
                restricted=any(tie.restricted for tie in elsewhere),
                created_at=changes.now,
                updated_at=changes.now,
            )
            changes.new_ties.append(tie)
            changes.tally.count(Kept.GUARDIANSHIPS, Outcome.ADDED)
        elif relationship and not here.relationship:
            here.relationship = relationship
            changes.changed_ties.append(here)
            changes.tally.count(Kept.GUARDIANSHIPS, Outcome.CHANGED)
        else:
            # What the office has said of a relationship stands; a file fills blanks only.
            changes.tally.count(Kept.GUARDIANSHIPS, Outcome.UNCHANGED)

    @staticmethod
    def _carry_order(guardian: Guardian, elsewhere: Sequence[Guardianship], changes: FamilyChanges) -> None:
        """A court order against a guardian follows a student who changes school."""
        order = next((tie.guardian.restricted_at for tie in elsewhere if tie.guardian.restricted_at), None)
        if order and not guardian.restricted_at:
            guardian.restricted_at = order
            if guardian.source_id not in changes.new_guardians and guardian not in changes.changed_guardians:
                changes.changed_guardians.append(guardian)
