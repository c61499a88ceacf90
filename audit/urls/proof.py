"""Addresses of the proof that the log is untouched."""

from __future__ import annotations

from django.urls import path

from audit.urls import converters  # noqa: F401 - makes row_id known
from audit.views import proof
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.routing import guarded

urlpatterns = [
    path("proof/", guarded(proof.seal_list, Permission.SEE_PROOF), name="seal-list"),
    path("proof/keys.json", guarded(proof.seal_keys, Permission.SEE_PROOF), name="seal-keys"),
    path("proof/seals/<str:seal_id>.json", guarded(proof.seal_file, Permission.SEE_PROOF), name="seal-file"),
    path("proof/verify/<row_id:school_id>/", guarded(proof.seal_verify, Permission.SEE_PROOF), name="seal-verify"),
    path("proof/schools/<row_id:school_id>/", guarded(proof.seal_chain, Permission.SEE_PROOF), name="seal-chain"),
]
