"""Campaigns as pages show them: the list, and how far one is. No warehouse query."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Count

from classwaves_admin.jobs.models import Job
from classwaves_admin.jobs.queries import job_of, newest_jobs
from classwaves_admin.lib.keyset import Page, page
from classwaves_admin.notifications.models import OutgoingMail, State
from consent.actions.campaigns import JOB
from consent.actions.mail import INVITATION
from consent.models import Campaign, CampaignGuardian
from consent.models.campaigns import Turn

PAGE_SIZE = 25
ORDER = ("-created_at", "-id")
_ON_THE_WAY = (State.QUEUED, State.SENDING)
_LOST = (State.FAILED, State.RETURNED)


class Reached(NamedTuple):
    """How many requests of a campaign were written, sent, opened, answered and verified."""

    asked: int = 0
    sent: int = 0
    opened: int = 0
    answered: int = 0
    verified: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a campaign is. `left_out` counts guardians whom the job left out, by reason."""

    campaign: Campaign
    job: Job | None
    reached: Reached
    waiting: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    mails_waiting: int = 0
    mails_failed: int = 0

    @property
    def is_moving(self) -> bool:
        """Tell whether its numbers change by themselves within seconds."""
        return bool(self.mails_waiting) or (self.job is not None and self.job.is_open)


class Listed(NamedTuple):
    """One campaign of the list."""

    campaign: Campaign
    job: Job | None
    reached: Reached


def campaign_page(cursor: str, *, size: int = PAGE_SIZE) -> tuple[Page[Campaign], list[Listed]]:
    """Return a page of the campaigns in scope, newest first, and how far each is. Raises BadCursor."""
    found = page(Campaign.objects.all(), order=ORDER, size=size, cursor=cursor)
    ids = [campaign.id for campaign in found.rows]
    jobs, reached = newest_jobs(JOB, ids), reached_by(ids)
    return found, [Listed(one, jobs.get(one.id), reached.get(one.id, Reached())) for one in found.rows]


def reached_by(campaign_ids: Collection[str]) -> dict[str, Reached]:
    """Return how many requests of each campaign were written, sent and answered."""
    counts = {name: Count(f"invitation__{name}_at") for name in ("sent", "opened", "answered", "verified")}
    rows = CampaignGuardian.objects.filter(campaign_id__in=campaign_ids).values("campaign_id").order_by()
    return {
        campaign_id: Reached(*numbers)
        for campaign_id, *numbers in rows.annotate(asked=Count("invitation"), **counts).values_list(
            "campaign_id", "asked", *counts
        )
    }


def progress_of(campaign: Campaign) -> Progress:
    """Return how far a campaign is, its mails included."""
    on_list = CampaignGuardian.objects.filter(campaign=campaign)
    turns: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for turn, reason, number in on_list.values_list("turn", "reason").order_by().annotate(number=Count("id")):
        turns[turn] += number
        if turn == Turn.LEFT_OUT:
            reasons[reason] += number
    mails = OutgoingMail.objects.filter(kind=INVITATION, refers_to__in=on_list.values("invitation_id"))
    states = dict(mails.values_list("state").order_by().annotate(number=Count("id")))
    return Progress(
        campaign=campaign,
        job=job_of(JOB, campaign.id),
        reached=reached_by([campaign.id]).get(campaign.id, Reached()),
        waiting=turns[Turn.WAITING],
        left_out=dict(reasons),
        mails_waiting=sum(states.get(state, 0) for state in _ON_THE_WAY),
        mails_failed=sum(states.get(state, 0) for state in _LOST),
    )
