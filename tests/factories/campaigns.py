"""Campaigns for tests: asking many guardians, with its job."""

from __future__ import annotations

from datetime import datetime

from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job
from classwaves_admin.jobs.queries import job_of
from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import Scope, inside
from classwaves_admin.warehouse.models import School
from consent.actions.campaigns import JOB, start_campaigns
from consent.models import Campaign
from consent.queries.choosing import Choice
from consent.queries.preview import preview_of
from consent.queries.students import Filters

OFFICE = Actor("teacher-1", ActorType.ADMIN, "192.0.2.1", "test")
EVERYBODY = Choice(filters=Filters())


def campaign(school: School, choice: Choice = EVERYBODY, *, at: datetime | None = None) -> Campaign:
    """Start asking the guardians of the chosen students of one school; somebody must be there to ask."""
    moment = at or now()
    with inside(Scope(schools=(school.pk,))):
        (started,) = start_campaigns(
            choice=choice, preview=preview_of(choice, moment), form_id=new_id(), by=OFFICE, now=moment
        )
    return started


def job(started: Campaign) -> Job:
    """Return the campaign's newest job."""
    with inside(Scope(schools=(started.school_id,))):
        found = job_of(JOB, started.id)
    assert found is not None
    return found


def worked_off(started: Campaign) -> Job:
    """Let a worker do the campaign's job and return it."""
    while running.run(job(started).id):
        pass
    return job(started)
