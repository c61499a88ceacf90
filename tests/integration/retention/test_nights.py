"""Policies that delete by themselves run every night; what is unusually large waits for a person."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django import Settings

from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.inventory.periods import Periods
from classwaves_admin.warehouse.models import School, Transcription
from retention.models import DistrictStandard, Run, RunState
from retention.rules.in_force import Standard
from retention.tasks import run_by_night
from tests.factories import catalog as make
from tests.factories import runs

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]


def night() -> None:
    """Let a night pass: the task of the timetable, and every job that comes of it."""
    run_by_night()
    while job := Job.objects.filter(state=State.QUEUED).order_by("created_at", "id").first():
        running.run(job.pk)


def old_transcripts(school: School, number: int) -> None:
    """Save transcripts that are past their days."""
    meeting = make.session(school=school)
    for _ in range(number):
        make.transcription(session=meeting, created_at=now() - timedelta(days=500))


def test_a_policy_that_deletes_by_itself_runs_every_night(school: School, frozen_now: time_machine.Traveller) -> None:
    """Its rows are gone in the morning; a night with nothing to do leaves no trace."""
    make.retention_policy(school=school)
    old_transcripts(school, 2)
    night()
    run = Run.objects.get()
    assert (run.state, run.by_night, run.asked_by) == (RunState.DONE, True, "system:retention")
    assert not Transcription.objects.exists()
    frozen_now.shift(timedelta(days=1))
    night()
    assert Run.objects.count() == 1


def test_a_policy_of_people_waits_for_them(school: School) -> None:
    """Nothing runs by itself that nobody has told to; the default of the portal is by hand."""
    make.retention_policy(school=school, auto_delete_enabled=False)
    old_transcripts(school, 1)
    night()
    assert not Run.objects.exists()
    assert Transcription.objects.count() == 1


def test_an_unusually_large_night_waits_for_a_person(
    office: Client, school: School, settings: Settings, frozen_now: time_machine.Traveller
) -> None:
    """It is counted, shown and not started, and the next night adds no other beside it."""
    settings.RETENTION_NIGHT_MOST_ROWS = 2
    make.retention_policy(school=school)
    old_transcripts(school, 3)
    night()
    run = Run.objects.get()
    assert run.state == RunState.READY
    assert "Waits for a decision" in office.get("/retention/runs/").content.decode()
    assert "A run waits for a decision" in office.get("/retention/").content.decode()
    frozen_now.shift(timedelta(days=1))
    night()
    assert Run.objects.count() == 1
    runs.approved(run)
    assert not Transcription.objects.exists()


def test_a_district_that_has_decided_runs_in_its_schools(school: School) -> None:
    """Its lock counts where a school has no row at all, and in no school of another district."""
    make.district(id="district")
    make.setting(school=school, key="district_id", value="district")
    says = Standard(Periods(None, 365, 395), "Board policy", auto_delete=True, locked=True)
    DistrictStandard.objects.create(district_id="district", policy_type="transcripts", says=says.as_json())
    old_transcripts(school, 2)
    old_transcripts(make.school(domain="hill.example"), 1)
    night()
    assert [run.school_id for run in Run.objects.all()] == [school.pk]
    assert Transcription.objects.count() == 1
