"""Delivery to the catalog: what waits, what is stuck, and two ways to mend it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.portal.actions import DiscardReason, discard_stuck, retry_stuck
from classwaves_admin.portal.outbox_forms import DiscardForm
from classwaves_admin.portal.queries.delivery import MOST_SHOWN, stuck_change, stuck_changes
from classwaves_admin.warehouse.outbox import queries

GONE = "This change is not stuck any more."


def outbox(request: StaffRequest) -> HttpResponse:
    """Show the state of delivery."""
    summary = queries.summary()
    retry_at = summary.delivery.retry_at
    return render(
        request,
        "portal/outbox/list.html",
        {
            "summary": summary,
            "changes": stuck_changes() if summary.stuck else [],
            "most_shown": MOST_SHOWN,
            "resting": retry_at is not None and retry_at > now(),
        },
    )


@require_POST
def retry(request: StaffRequest) -> HttpResponse:
    """Try the stuck changes on the page again, or the one that the button names."""
    wanted = request.POST.get("entry", "")
    shown = [change.id for change in stuck_changes() if wanted in {"", str(change.id)}]
    if not shown:
        messages.info(request, GONE)
        return redirect("outbox")
    outcome = retry_stuck(entry_ids=shown, by=request.actor)
    if outcome.arrived:
        messages.success(request, f"{outcome.arrived} of {len(shown)} reached the catalog.")
    if outcome.stuck:
        messages.error(request, f"{outcome.stuck} still stuck: the catalog refused again. They are kept.")
    if outcome.waiting:
        messages.warning(request, f"{outcome.waiting} kept for later: the catalog does not answer at the moment.")
    return redirect("outbox")


def discard(request: StaffRequest, entry_id: int) -> HttpResponse:
    """Ask before a stuck change is given up, then do it."""
    change = stuck_change(entry_id)
    if change is None:
        messages.info(request, GONE)
        return redirect("outbox")
    form = DiscardForm(request.POST or None, entry_id=entry_id)
    if request.method == "POST" and form.is_valid():
        discard_stuck(entry_id=entry_id, reason=DiscardReason(form.cleaned_data["reason"]), by=request.actor)
        messages.success(request, f"Change {entry_id} was given up. {change.behind} behind it go on.")
        return redirect("outbox")
    status = 422 if form.is_bound else 200
    return render(request, "portal/outbox/discard.html", {"change": change, "form": form}, status=status)
