"""Long work: the portal's jobs with their progress, and what other services write about theirs."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.jobs.models import State
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor, Page
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.portal.actions import retry_job
from classwaves_admin.portal.queries.jobs import counts_of_jobs, job_kinds, job_page, others_page
from classwaves_admin.portal.system_forms import JobFilters
from classwaves_admin.warehouse.models import BackgroundJob

LIST, OTHERS = "job-list", "job-others"
GONE = "That page of the list is gone. This is the first one."


@require_safe
def job_list(request: StaffRequest) -> HttpResponse:
    """Show the portal's jobs, newest first, without a warehouse query."""
    form = JobFilters(request.GET, kinds=job_kinds())
    school = request.school or ""
    try:
        part = job_page(
            school=school, state=form.chosen("state"), kind=form.chosen("kind"), cursor=request.GET.get("cursor", "")
        )
    except BadCursor:
        messages.info(request, GONE)
        return redirect(LIST)
    counts = counts_of_jobs(school)
    context = {
        "form": form,
        "jobs": part.rows,
        "counts": [(label, counts.get(state, 0), state == State.FAILED) for state, label in State.choices],
        "narrowed": bool(form.chosen("state") or form.chosen("kind")),
        "goes_on": any(job.is_open for job in part.rows),
        "sees_all": request.access.scope.schools is None,
        "schools": dict(request.school_choices) if request.school is None and len(request.school_choices) > 1 else {},
        **neighbours(request, LIST, previous=part.previous, following=part.next),
    }
    return render(request, "portal/jobs/list.html", context)


@require_safe
def job_others(request: StaffRequest) -> HttpResponse:
    """Show the jobs of other services to who sees all schools: one warehouse query."""
    sees_all = request.access.scope.schools is None
    try:
        part: Page[BackgroundJob] = others_page(request.GET.get("cursor", "")) if sees_all else Page([])
    except BadCursor:
        messages.info(request, GONE)
        return redirect(OTHERS)
    context = {
        "jobs": part.rows,
        "sees_all": sees_all,
        **neighbours(request, OTHERS, previous=part.previous, following=part.next),
    }
    return render(request, "portal/jobs/others.html", context)


@require_POST
def job_retry(request: StaffRequest) -> HttpResponse:
    """Let a job that a fault stopped go on from where it stands."""
    if retry_job(job_id=request.POST.get("job", ""), by=request.actor, now=now()):
        messages.success(request, "The job goes on from where it stopped.")
    else:
        messages.info(request, "This job has not failed, or is not there any more.")
    return redirect(LIST)
