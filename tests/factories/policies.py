"""Changes of retention policies, for tests."""

from __future__ import annotations

from classwaves_admin.accounts.models import User
from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.inventory.periods import Periods
from classwaves_admin.warehouse.models import School, SchoolSetting
from retention.actions.changes import ask_change
from retention.actions.moves import ask_move, parts_of_move
from retention.actions.standards import ask_standard, parts_of
from retention.models import DistrictStandard, PolicyChange, SchoolMove, StandardChange
from retention.queries.policies import policies_of
from retention.rules.changes import Terms
from retention.rules.in_force import Standard

BY = Actor("teacher-1", ActorType.ADMIN)
# Somebody who speaks for no district and no school.
SOMEBODY = User(email="somebody@office.example")


def change(
    school: School,
    *,
    kind: Retention = Retention.TRANSCRIPTS,
    periods: Periods | None = None,
    basis: str = "Board policy",
    auto_delete: bool = False,
    reason: str = "Shorter is safer.",
) -> PolicyChange:
    """Ask for a change of a policy, by default to 100 and 120 days, and count what it would do."""
    terms = Terms(periods or Periods(None, 100, 120), basis, auto_delete)
    with inside(EVERYTHING):
        held = policies_of(school.pk).held[kind]
        asked = ask_change(held=held, school_id=school.pk, terms=terms, reason=reason, by=BY, now=now())
        running.run(Job.objects.get(subject_id=asked.pk).pk)
        asked.refresh_from_db()
    return asked


def standard_change(school: School) -> StandardChange:
    """Ask for a default of the school's district, which has one already, and count what it would do."""
    with inside(EVERYTHING):
        district = SchoolSetting.objects.get(school=school, setting_key="district_id").setting_value
        says = Standard(Periods(None, 100, 120), "Board policy", auto_delete=False)
        DistrictStandard.objects.get_or_create(
            district_id=district, policy_type=Retention.AUDIO_RECORDINGS, defaults={"says": says.as_json()}
        )
        asked = ask_standard(
            district_id=district,
            kind=Retention.TRANSCRIPTS,
            standard=says,
            reason="One rule for all.",
            by=BY,
            now=now(),
        )
        for part in parts_of(asked):
            running.run(Job.objects.get(subject_id=part.pk).pk)
    return asked


def move(school: School, to_district: str = "") -> SchoolMove:
    """Ask for a move of a school into another district, out of all where none is given, and count what it means."""
    with inside(EVERYTHING):
        asked = ask_move(
            school_id=school.pk,
            to_district=to_district,
            reason="The board has decided.",
            user=SOMEBODY,
            by=BY,
            now=now(),
        )
        for part in parts_of_move(asked):
            running.run(Job.objects.get(subject_id=part.pk).pk)
    return asked
