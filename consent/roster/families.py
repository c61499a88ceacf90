"""Guardians and whom they answer for, in the portal's own memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q

from classwaves_admin.schools.staging import Guardian as Listed
from classwaves_admin.schools.staging import Relation, School
from classwaves_admin.schools.values import value
from consent.models import Guardian, Guardianship
from consent.roster.changes import Changed, Changes
from consent.roster.identity import Kind, row_id
from consent.roster.kinship import language_of, relationship_of
from consent.roster.staff import address_of
from consent.roster.tables import GUARDIANS, TIES, Values
from consent.roster.tally import Kept, Outcome

LONGEST_NAME = 200


class Tie(NamedTuple):
    """A guardianship that is there, with what is asked of its guardian."""

    id: str
    guardian_id: str
    school_id: str
    student_id: str
    relationship: str
    stated_by_office: bool
    restricted: bool
    source_id: str
    restricted_at: datetime | None

    @property
    def row(self) -> tuple[Any, ...]:
        """Return the row as the table holds it."""
        return tuple(self[: len(TIES.columns)])

    @property
    def under_order(self) -> bool:
        """Tell whether a court order stands against the guardian, for this child or for any contact."""
        return self.restricted or self.restricted_at is not None


Families = Sequence[tuple[Relation, Listed]]


def contacts(families: Families, barred: set[tuple[str, str]]) -> dict[str, str | None]:
    """Return the one address of each student's family, which other services write to; never one that is `barred`.

    None where the family has none or several: the first in a file is not the one in authority.
    """
    addresses: dict[str, set[str]] = defaultdict(set)
    for relation, guardian in families:
        address = address_of(guardian.email)
        is_barred = not barred.isdisjoint({(relation.student, guardian.source_id), (relation.student, address)})
        if address and not guardian.leaving and not is_barred:
            addresses[relation.student].add(address)
    return {student: found.copy().pop() if len(found) == 1 else None for student, found in addresses.items()}


def barred_contacts(sources: Mapping[str, str], families: Families, school_id: str) -> set[tuple[str, str]]:
    """Return whom a court order keeps from being a family's contact: (student, guardian) and (student, address).

    `sources` gives the students' source ids by their rows' ids.
    """
    ordered = Guardianship.objects.filter(
        Q(restricted=True) | Q(guardian__restricted_at__isnull=False), student_id__in=list(sources)
    )
    barred: set[tuple[str, str]] = set()
    for student_id, guardian, address in ordered.values_list("student_id", "guardian__source_id", "guardian__email"):
        barred |= {(sources[student_id], guardian), (sources[student_id], address.lower())}
    listed = {guardian.source_id for _, guardian in families}
    # Against any contact: for a child of whom the portal does not know yet too.
    silent = Guardian.objects.filter(school_id=school_id, source_id__in=listed, restricted_at__isnull=False)
    kept_away = set(silent.values_list("source_id", flat=True))
    return barred | {(one.student, one.guardian) for one, _ in families if one.guardian in kept_away}


def plan_guardians(guardians: Sequence[Listed], school: str, school_id: str, changes: Changes) -> None:
    """Plan the rows of some guardians at one school."""
    listed = {guardian.source_id: guardian for guardian in guardians}
    columns = ("id", "source_id", "name", "email", "language")
    rows = Guardian.objects.filter(school_id=school_id, source_id__in=list(listed)).values(*columns)
    known = {row["source_id"]: row for row in rows}
    new, otherwise = [], value(school_id, "languages.default").value
    for guardian in guardians:
        address = _address(guardian, changes)
        if row := known.get(guardian.source_id):
            _settle(row, guardian, address, changes)
        elif not guardian.leaving:
            key = row_id(Kind.GUARDIAN, changes.district, school, guardian.source_id)
            name, language = guardian.name[:LONGEST_NAME], language_of(guardian.language) or otherwise
            new.append((key, guardian.source_id, name, address, language))
    changes.add(
        GUARDIANS,
        new,
        school_id=school_id,
        restricted_at=None,
        bounced_at=None,
        bounce_code="",
        created_at=changes.now,
        updated_at=changes.now,
    )


def _settle(row: Values, listed: Listed, address: str, changes: Changes) -> None:
    wanted: Values = {"name": listed.name[:LONGEST_NAME], "language": language_of(listed.language) or row["language"]}
    # A blank in the file unsays nothing: the office may have asked for the address itself.
    moved = bool(address) and address != row["email"].lower()
    if moved:
        # What came back from the old address says nothing about the new one.
        row = {**row, "bounced_at": ..., "bounce_code": ...}
        wanted |= {"email": address, "bounced_at": None, "bounce_code": ""}
        changes.moved[row["id"]] = address
    changed = changes.settle(GUARDIANS, row, wanted)
    if changed:
        if moved:
            del changed.before["bounced_at"], changed.before["bounce_code"]
        told = [(name, changed.before[name], changed.after[name]) for name in changed.before]
        changes.tell("guardian", listed.name, told)


def _address(listed: Listed, changes: Changes) -> str:
    address = address_of(listed.email)
    if not address:
        changes.tally.note("guardian_address_unreadable" if listed.email else "guardians_without_address")
    return address


def ties_of(student_ids: Iterable[str]) -> list[Tie]:
    """Return the guardianships of students, those of guardians whom the roster does not know too."""
    found = Guardianship.objects.filter(student_id__in=list(student_ids))
    return [Tie(*row) for row in found.values_list(*TIES.columns, "guardian__source_id", "guardian__restricted_at")]


class TiePlan:
    """Plans the guardianships of some students of one school."""

    def __init__(
        self, school: School, changes: Changes, *, sources: Mapping[str, str], absence_tells: bool, unsure: set[str]
    ) -> None:
        self._school, self._school_id = school.source_id, school.id
        self._changes = changes
        # The source id of each school of the roster by its row's id.
        self._sources = sources
        self._absence_tells = absence_tells
        self._unsure = unsure
        self._new: list[tuple[Any, ...]] = []
        self._orders: dict[str, datetime] = {}

    def plan(self, student_ids: Mapping[str, str], families: Families, names: Mapping[str, str]) -> None:
        """Plan for students given as source id to row id; `names` tells them to the person who decides."""
        relations = [(relation, listed) for relation, listed in families if relation.student in student_ids]
        known = self._guardian_ids({listed.source_id for _, listed in relations})
        held: dict[tuple[str, str], list[Tie]] = defaultdict(list)
        for tie in ties_of(self._changes.known):
            if tie.source_id:
                held[tie.student_id, tie.source_id].append(tie)
        for relation, listed in relations:
            ties = held.pop((student_ids[relation.student], relation.guardian), [])
            if listed.leaving:
                ended = self._end(ties, names)
                self._changes.closed_guardians.update(tie.guardian_id for tie in ties)
                self._changes.tally.note("guardianships_ended", ended)
            else:
                self._settle(relation, listed, student_ids[relation.student], ties, known[listed.source_id], names)
        if self._absence_tells:
            self._end_missing(student_ids, held, names)
        stamp = {"created_at": self._changes.now, "updated_at": self._changes.now}
        self._changes.add(TIES, self._new, **stamp)
        self._carry_orders()

    def _guardian_ids(self, source_ids: set[str]) -> dict[str, str]:
        rows = Guardian.objects.filter(school_id=self._school_id, source_id__in=list(source_ids))
        found = dict(rows.values_list("source_id", "id"))
        for source_id in source_ids - found.keys():
            # Planned in an earlier part of the same rehearsal.
            found[source_id] = row_id(Kind.GUARDIAN, self._changes.district, self._school, source_id)
        return found

    def _settle(
        self,
        relation: Relation,
        listed: Listed,
        student_id: str,
        ties: Sequence[Tie],
        guardian_id: str,
        names: Mapping[str, str],
    ) -> None:
        relationship = relationship_of(role=relation.role, stated=relation.stated)
        if not relationship:
            self._changes.tally.note("authority_unknown")
        here, elsewhere = None, []
        for tie in ties:
            if tie.school_id == self._school_id:
                here = tie
            else:
                elsewhere.append(tie)
        # What the guardian answered at the old school stays barred by the tie there.
        if over := [tie.row for tie in elsewhere if not tie.under_order]:
            self._changes.remove(TIES, over)
        if here is None:
            key = row_id(Kind.GUARDIANSHIP, self._changes.district, self._school, relation.guardian, relation.student)
            stated = next(((tie.relationship, tie.stated_by_office) for tie in elsewhere if tie.relationship), None)
            restricted = any(tie.restricted for tie in elsewhere)
            words = stated or (relationship, False)
            self._new.append((key, guardian_id, self._school_id, student_id, *words, restricted))
            # A court order against a guardian follows a student who changes school.
            if order := next((tie.restricted_at for tie in elsewhere if tie.restricted_at), None):
                self._orders[guardian_id] = order
            if relation.student in names:
                self._changes.tell("guardian", names[relation.student], [("guardian", None, listed.name)])
        elif relationship and not here.relationship:
            before = dict(zip(TIES.columns, here.row, strict=True))
            self._changes.settle(TIES, before, {"relationship": relationship})
        else:
            # What the office has said of a relationship stands; a file fills blanks only.
            self._changes.tally.count(Kept.GUARDIANSHIPS, Outcome.UNCHANGED)

    def _end_missing(
        self, student_ids: Mapping[str, str], held: Mapping[tuple[str, str], list[Tie]], names: Mapping[str, str]
    ) -> None:
        """End ties that a roster made and that this one, which names everybody, lacks."""
        sources = {row_id: source for source, row_id in student_ids.items()}
        for (student_id, guardian), ties in held.items():
            gone = [tie for tie in ties if self._is_ours(tie, sources[student_id], guardian)]
            if gone and guardian not in self._unsure:
                ended = self._end(gone, names, sources[student_id])
                self._changes.closed_pairs.update((tie.guardian_id, tie.student_id) for tie in gone)
                self._changes.tally.note("guardianships_missing", ended)

    def _is_ours(self, tie: Tie, student: str, guardian: str) -> bool:
        """Tell whether a roster made the tie, here or at the school that the student comes from.

        The office's own ties have other ids.
        """
        school = self._sources.get(tie.school_id)
        return bool(school) and tie.id == row_id(
            Kind.GUARDIANSHIP, self._changes.district, str(school), guardian, student
        )

    def _end(self, ties: Sequence[Tie], names: Mapping[str, str], student: str = "") -> int:
        """End ties and return how many. One under a court order stays: by it the order holds for old answers."""
        over = [tie for tie in ties if not tie.under_order]
        self._changes.tally.note("guardianships_under_order", len(ties) - len(over))
        self._changes.remove(TIES, [tie.row for tie in over])
        for tie in over:
            self._changes.students.add(tie.student_id)
            self._changes.tell("guardian", names.get(student, ""), [("guardian", tie.relationship or "guardian", None)])
        return len(over)

    def _carry_orders(self) -> None:
        rows = GUARDIANS.rows(self._orders, ["restricted_at"])
        orders = [(key, order) for key, order in self._orders.items() if key in rows and not rows[key]["restricted_at"]]
        self._changes.of(GUARDIANS).changed.extend(
            Changed(key, {"restricted_at": None}, {"restricted_at": order}) for key, order in orders
        )
