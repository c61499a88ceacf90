"""Asks many guardians at once: freezes the list that a person confirmed, and works it off in portions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connections, transaction

from audit.record import record
from classwaves_admin.jobs import actions as jobs
from classwaves_admin.jobs import kinds
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.jobs.queries import job_of
from classwaves_admin.lib.actor import Actor
from classwaves_admin.lib.many_rows import update_rows
from classwaves_admin.warehouse.models import School
from consent.actions.ask import AskedPairs, ask_pairs
from consent.models import Campaign, CampaignGuardian
from consent.models.campaigns import Turn
from consent.notices.texts import NoticeIncomplete
from consent.queries.choosing import Choice
from consent.queries.preview import Preview, SchoolPreview
from consent.rules.asking import GONE, Skip

JOB = "consent.ask"
# Guardians of one portion: a second or less, in which the database has one writer.
PORTION = 100
# Why the job cannot go on.
NOTICE_INCOMPLETE, SCHOOL_GONE = "notice_incomplete", "school_gone"


def register() -> None:
    """Register the job. Called once, when Django starts."""
    kinds.register(JOB, ask_portion, reason="asks the guardians of a campaign", title="Asking guardians")


def start_campaigns(*, choice: Choice, preview: Preview, form_id: str, by: Actor, now: datetime) -> list[Campaign]:
    """Start a campaign in each school of the preview where somebody can be asked, and return them.

    A form that was sent before starts nothing: its campaigns are returned.
    """
    with transaction.atomic():
        started = list(Campaign.objects.filter(form_id=form_id).order_by("school_id"))
        if started:
            return started
        return [_start(choice, school, form_id, by, now) for school in preview.schools if school.mails]


def _start(choice: Choice, school: SchoolPreview, form_id: str, by: Actor, now: datetime) -> Campaign:
    plan = school.plan
    campaign = Campaign.objects.create(
        school_id=school.school_id,
        form_id=form_id,
        requested_by=by.id,
        chosen=choice.codes,
        students=school.students,
        children=plan.children,
        guardians=len(plan.askable),
        left_out={reason.value: count for reason, count in plan.skipped.items()},
        without_guardian=plan.without_guardian,
        created_at=now,
    )
    CampaignGuardian.objects.bulk_create(
        [
            CampaignGuardian(campaign=campaign, guardian=guardian, student_ids=children)
            for guardian, children in plan.askable.items()
        ],
        batch_size=500,
    )
    _start_job(campaign, by, now)
    return campaign


def _start_job(campaign: Campaign, by: Actor, now: datetime) -> None:
    jobs.start(kind=JOB, subject_id=campaign.id, school_id=campaign.school_id, total=campaign.guardians, by=by, now=now)


def stop_campaign(*, campaign: Campaign, by: Actor, now: datetime) -> bool:
    """Ask nobody more for now; mails that are written go out. Return whether it was still going on."""
    with transaction.atomic():
        job = job_of(JOB, campaign.id)
        stopped = job is not None and jobs.cancel(job_id=job.id, now=now)
        if stopped:
            _audit("consent.asking_stopped", campaign, by, now)
    return stopped


def go_on(*, campaign: Campaign, by: Actor, now: datetime) -> bool:
    """Go on with a campaign that a fault or a person stopped; return whether it was stopped."""
    with transaction.atomic():
        job = job_of(JOB, campaign.id)
        if job is None or job.state not in {State.FAILED, State.CANCELLED}:
            return False
        if job.state == State.CANCELLED:
            _start_job(campaign, by, now)
        elif not jobs.restart(job_id=job.id, now=now):
            return False
        _audit("consent.asking_resumed", campaign, by, now)
    return True


def _audit(event: str, campaign: Campaign, by: Actor, now: datetime) -> None:
    """Record who stopped asking or went on, and how many guardians were not asked yet."""
    record(
        event,
        by=by,
        school_id=campaign.school_id,
        resource=("campaign", campaign.id),
        data={"waiting": campaign.list.filter(turn=Turn.WAITING).count(), "guardians": campaign.guardians},
        at=now,
    )


def ask_portion(*, job: Job, now: datetime) -> kinds.Progress:
    """Ask the next guardians of the list. Raises CannotGoOn where the notice has blanks by now.

    List, invitations and mails change in one transaction, so a portion happens as a whole or not at all.
    """
    campaign = Campaign.objects.get(pk=job.subject_id)
    waiting = CampaignGuardian.objects.filter(campaign=campaign, turn=Turn.WAITING)
    try:
        with transaction.atomic():
            part = list(waiting.select_for_update(of=("self",)).order_by("id")[:PORTION])
            if part:
                pairs = {one.guardian_id: one.student_ids for one in part}
                _note(part, ask_pairs(school_id=campaign.school_id, pairs=pairs, by=job.by, now=now))
    except NoticeIncomplete:
        raise kinds.CannotGoOn(NOTICE_INCOMPLETE) from None
    except School.DoesNotExist:
        raise kinds.CannotGoOn(SCHOOL_GONE) from None
    left = waiting.count()
    return kinds.Progress(done=campaign.guardians - left, total=campaign.guardians, finished=not left)


def _note(part: Sequence[CampaignGuardian], asked: AskedPairs) -> None:
    rows = []
    for one in part:
        invitation = asked.invitations.get(one.guardian_id)
        turn = Turn.LEFT_OUT if invitation is None else Turn.ASKED
        rows.append((one.pk, turn.value, "" if invitation else _why(one, asked), invitation))
    update_rows(connections["default"], CampaignGuardian, ["id", "turn", "reason", "invitation_id"], rows)


def _why(one: CampaignGuardian, asked: AskedPairs) -> str:
    """Return why a guardian is left out: the first reason that holds for one of the students."""
    reasons = {asked.left_out.get((one.guardian_id, student_id)) for student_id in one.student_ids}
    return next((reason.value for reason in Skip if reason in reasons), GONE)
