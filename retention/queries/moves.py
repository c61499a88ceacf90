"""The side that a school leaves when it moves: who speaks for it today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from classwaves_admin.accounts.access import ACTIVE, Access
from classwaves_admin.accounts.directory import staff_rows
from classwaves_admin.accounts.holders import district_admins, is_classwaves
from classwaves_admin.accounts.models import User
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.schools.counting import number_of
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import School, Teacher
from retention.models import ChangeState, SchoolMove
from retention.rules.moves import Word, missing_word

__all__ = ["Side", "administers", "administrators_of_school", "moves_waiting", "side_of"]

# What `users.teachers` calls a school's own administrator; `super_admin` there is ClassWaves' own.
ADMINISTRATOR = "admin"


@dataclass(frozen=True, slots=True)
class Side:
    """A school that is to move, the administrators of the district that it leaves, and how many it has itself."""

    school: School | None
    district_admins: tuple[User, ...]
    school_admins: int

    def missing(self, move: SchoolMove, maker: User) -> Word | None:
        """Return whose word is missing where this person would make the move, or None."""
        return missing_word(
            district_admins={one.pk for one in self.district_admins},
            school_admins=self.school_admins,
            maker=maker.pk,
            school_agreed=move.agreed_at is not None,
        )


def side_of(move: SchoolMove, today: date) -> Side:
    """Return who speaks for the side that a move leaves: one warehouse query.

    The administrators of a closed district count: whoever closes it would else decide about its schools.
    """
    admins = district_admins(move.from_district, today) if move.from_district else []
    with system_scope(reason="a move is decided by those who are responsible for the school"):
        counted = School.objects.annotate(administrators_now=number_of(_administrators(move.school_id)))
        school = counted.filter(pk=move.school_id).first()
    return Side(school, tuple(admins), (school.administrators_now or 0) if school else 0)


def administrators_of_school(school_id: str) -> list[Teacher]:
    """Return the school's own active administrators: one warehouse query."""
    with system_scope(reason="they are told that the school is to move"):
        return list(_administrators(school_id).order_by("email", "id"))


def moves_waiting(access: Access, school: str, today: date) -> list[SchoolMove]:
    """Return the open moves of a school, or of all in scope, that wait for the word of this person's side.

    The administrators of the district that the school leaves make the move; where it has none, the school's own agree
    to it. ClassWaves speaks for nobody, within a grant either. No warehouse query.
    """
    rows = SchoolMove.objects.filter(state=ChangeState.OPEN).order_by("asked_at", "id")
    rows = rows.filter(school_id=school) if school else rows
    if access.support:
        return []
    if access.may(Permission.AGREE_TO_MOVES):
        found = list(rows.filter(agreed_at=None))
        led = {one for one in {move.from_district for move in found} if one and district_admins(one, today)}
        return [move for move in found if move.from_district not in led]
    return list(rows.filter(from_district__in=access.scope.districts or ()).exclude(from_district=""))


def administers(user: User, school_id: str) -> bool:
    """Tell whether a person who never was of ClassWaves is one of the school's own administrators today."""
    with system_scope(reason="the directory decides who speaks for a school"):
        rows = staff_rows(user)
    own = any((row.school_id, row.role, row.status) == (school_id, ADMINISTRATOR, ACTIVE) for row in rows)
    return own and not is_classwaves(user)


def _administrators(school_id: str) -> QuerySet[Teacher]:
    return Teacher.objects.filter(school_id=school_id, role=ADMINISTRATOR, status=ACTIVE)
