"""The proof that the log is untouched: chains of seals, downloads, and verification at a person's wish."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from audit.models import Seal
from audit.proof.keys import public_keys
from audit.proof.pack import keys_file
from audit.proof.verifying import start_verification
from audit.queries.proof import SchoolProof, is_sealing, school_proofs, seal_page
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import BadCursor
from classwaves_admin.lib.pager import neighbours

CHAIN = "seal-chain"


def seal_list(request: StaffRequest) -> HttpResponse:
    """Show how the proof of each school stands."""
    context = {"proofs": school_proofs(_schools(request)), "sealing": is_sealing()}
    return render(request, "audit/proof/list.html", context)


def seal_chain(request: StaffRequest, school_id: str) -> HttpResponse:
    """Show the chain of one school and what its last verification found."""
    proof = _proof_of(request, school_id)
    sealing = is_sealing()
    try:
        part = seal_page(school_id, request.GET.get("cursor", ""))
    except BadCursor as error:
        raise Http404(str(error)) from error
    context = {
        "proof": proof,
        "sealing": sealing,
        "seals": part.rows,
        "keys": sorted(public_keys()) if sealing else [],
        "here": reverse(CHAIN, args=[school_id]),
        **neighbours(request, CHAIN, previous=part.previous, following=part.next, parts=[school_id]),
    }
    return render(request, "audit/proof/chain.html", context)


@require_POST
def seal_verify(request: StaffRequest, school_id: str) -> HttpResponse:
    """Start a verification of the school's whole log, or show the one that runs."""
    if not _proof_of(request, school_id).can_verify:
        raise Http404("This school has no seals.")
    start_verification(school_id=school_id, by=request.actor, now=now())
    return redirect(CHAIN, school_id)


def seal_file(request: StaffRequest, seal_id: str) -> HttpResponse:
    """Download one checkpoint with its signature, to be kept elsewhere."""
    seal = get_object_or_404(Seal, pk=seal_id)
    return _json({"checkpoint": seal.checkpoint, "signature": seal.signature}, f"seal-{seal.number}.json")


def seal_keys(request: StaffRequest) -> HttpResponse:
    """Download the public keys, by which anybody can check seals and packs."""
    return _json(keys_file(), "keys.json")


def _json(content: Mapping[str, object], name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return JsonResponse(dict(content), headers=headers, json_dumps_params={"indent": 2})


def _schools(request: StaffRequest) -> dict[str, str]:
    """Return the names of the schools that the person looks at now."""
    return {school_id: name for school_id, name in request.school_choices if request.school in {None, school_id}}


def _proof_of(request: StaffRequest, school_id: str) -> SchoolProof:
    """Return how the proof of a school stands. Raises Http404 for one outside the person's scope."""
    if not request.access.scope.allows_school(school_id):
        raise Http404("No such school among yours.")
    name = dict(request.school_choices).get(school_id)
    found = school_proofs({school_id: name} if name else {}, only=school_id)
    if not found:
        raise Http404("No such school among yours.")
    return found[0]
