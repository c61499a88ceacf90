"""The policies of a school: what holds, where it comes from, what is wrong, and how it came about."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours
from classwaves_admin.schools.queries import districts_of
from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.models import School
from retention.actions.changes import ask_change
from retention.forms.policies import PolicyForm
from retention.models import RunState
from retention.queries.changes import changes_waiting, history_page, open_changes, people_of
from retention.queries.policies import Policies, policies_of
from retention.queries.runs import last_runs
from retention.words import kind_words

# More than these wait in a district that has stopped looking: the pages of its schools have them all.
MOST_CHANGES = 50
LOCKED = "The district has decided this for its schools, so it cannot be changed here."


@require_safe
def policy_list(request: StaffRequest) -> HttpResponse:
    """Show the policies of the person's school, or the schools to choose from."""
    schools = [one for one in request.school_choices if request.school in {None, one[0]}]
    if len(schools) == 1:
        return policy_school(request, schools[0][0])
    context = {"schools": schools, "names": dict(schools), "changes": changes_waiting("")[:MOST_CHANGES]}
    return render(request, "retention/schools.html", context)


@require_safe
def policy_school(request: StaffRequest, school_id: str) -> HttpResponse:
    """Show the policies of one school: two warehouse queries, one more to learn its district now and then."""
    name = school_name(request, school_id)
    policies, runs = policies_of(school_id), last_runs(school_id)
    context = {
        "school_id": school_id,
        "school_name": name,
        "policies": policies,
        "held": list(policies.held.values()),
        "findings": sum(bool(one.findings) for one in policies.held.values()),
        "changes": open_changes(school_id),
        "runs": runs,
        "waiting": [run for run in runs.values() if run.state == RunState.READY],
        "has_district": bool(districts_of([school_id])[school_id]),
        "several_schools": len(request.school_choices) > 1,
        "may_change": request.access.may(Permission.MANAGE_RETENTION),
        "may_see_settings": request.access.may(Permission.SEE_SETTINGS),
    }
    return render(request, "retention/policies.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def policy_edit(request: StaffRequest, school_id: str, policy_type: str) -> HttpResponse:
    """Take a change of one policy; what it would do is counted before anything changes. Two warehouse queries."""
    name, kind = school_name(request, school_id), kind_named(policy_type)
    policies = policies_of(school_id)
    held = policies.held[kind]
    if held.is_locked:
        messages.info(request, LOCKED)
        return redirect("policy-school", school_id)
    form = PolicyForm(request.POST if request.method == "POST" else None, held=held, around=policies.around)
    if request.method == "POST" and form.is_valid():
        change = ask_change(
            held=held,
            school_id=school_id,
            terms=form.terms(),
            reason=form.cleaned_data["reason"].strip(),
            by=request.actor,
            now=now(),
        )
        return redirect("policy-change", change.id)
    context = _about(school_id, name, policies, kind) | {"form": form}
    return render(request, "retention/edit.html", context, status=422 if form.errors else 200)


@require_safe
def policy_history(request: StaffRequest, school_id: str, policy_type: str) -> HttpResponse:
    """Show who changed a policy, when, from what to what, and why: three warehouse queries."""
    name, kind = school_name(request, school_id), kind_named(policy_type)
    try:
        part = history_page(school_id, kind.value, request.GET.get("cursor", ""))
    except BadCursor:
        messages.info(request, "That page of the history is gone. This is the first one.")
        return redirect("policy-history", school_id, policy_type)
    context = _about(school_id, name, policies_of(school_id), kind) | {
        "changes": part.rows,
        "people": people_of(part.rows),
        **neighbours(
            request, "policy-history", previous=part.previous, following=part.next, parts=(school_id, policy_type)
        ),
    }
    return render(request, "retention/history.html", context)


def school_name(request: StaffRequest, school_id: str) -> str:
    """Return the name of a school of the person. Raises Http404.

    The names come with the request; where the catalog could not tell them, it is asked again, so that the page
    says that it does not answer, and not that there is no such school.
    """
    name = dict(request.school_choices).get(school_id)
    found = School.objects.filter(pk=school_id).values_list("name", flat=True).first() if name is None else name
    if found is None:
        raise Http404("There is no such school.")
    return found


def kind_named(policy_type: str) -> Retention:
    """Return the kind that an address names. Raises Http404."""
    try:
        return Retention(policy_type)
    except ValueError:
        raise Http404("There is no such policy.") from None


def _about(school_id: str, name: str, policies: Policies, kind: Retention) -> dict[str, object]:
    return {
        "school_id": school_id,
        "school_name": name,
        "held": policies.held[kind],
        "kind": kind,
        "title": kind_words(kind),
    }
