"""Campaigns: the list of them, and how far one is."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from consent.actions.campaigns import NOTICE_INCOMPLETE, go_on, stop_campaign
from consent.models import Campaign
from consent.queries.campaigns import campaign_page, progress_of

LIST = "campaign-list"


@require_safe
def campaign_list(request: StaffRequest) -> HttpResponse:
    """Show the campaigns, newest first."""
    cursor = request.GET.get("cursor", "")
    try:
        part, lines = campaign_page(cursor)
    except BadCursor:
        part, lines = None, []
    if part is None or (cursor and not lines):
        messages.info(request, "That page of the list is gone. This is the first one.")
        return redirect(LIST)
    context = {
        "lines": lines,
        "schools": dict(request.school_choices),
        "several_schools": len(request.school_choices) > 1 and request.school is None,
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
    return render(request, "consent/staff/campaigns.html", context)


@require_safe
def campaign_detail(request: StaffRequest, campaign_id: str) -> HttpResponse:
    """Show how far a campaign is. The page names no student and no guardian."""
    campaign = _campaign(campaign_id)
    progress = progress_of(campaign)
    context = {
        "campaign": campaign,
        "progress": progress,
        "job": progress.job,
        "needs_notice": progress.job is not None and progress.job.failure == NOTICE_INCOMPLETE,
        "school_name": dict(request.school_choices).get(campaign.school_id, ""),
        "here": request.path,
    }
    return render(request, "consent/staff/campaign.html", context)


@require_POST
def campaign_stop(request: StaffRequest, campaign_id: str) -> HttpResponse:
    """Ask nobody more for now."""
    if stop_campaign(campaign=_campaign(campaign_id), by=request.actor, now=now()):
        messages.success(request, "Stopped. Nobody else is asked; mails that were written already still go out.")
    return redirect("campaign-detail", campaign_id)


@require_POST
def campaign_go_on(request: StaffRequest, campaign_id: str) -> HttpResponse:
    """Go on with the guardians who have not been asked."""
    if go_on(campaign=_campaign(campaign_id), by=request.actor, now=now()):
        messages.success(request, "It goes on with those who have not been asked yet.")
    return redirect("campaign-detail", campaign_id)


def _campaign(campaign_id: str) -> Campaign:
    """Return a campaign of the person's schools; outside of them it does not exist. Raises Http404."""
    try:
        return Campaign.objects.get(pk=campaign_id)
    except Campaign.DoesNotExist as error:
        raise Http404("There is no such campaign.") from error
