"""Certificates of runs that have ended, for tests of pages: no row was destroyed for them."""

from __future__ import annotations

from django.db import transaction

from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import EVERYTHING, inside
from classwaves_admin.warehouse.models import School
from retention.actions.certificates import certify
from retention.fates import Fate
from retention.models import Certificate, Run, RunKind, RunState, Segment, SegmentState


def certificate(school: School) -> Certificate:
    """Certify a run of a policy that took some transcripts and left some for a hold."""
    with inside(EVERYTHING), transaction.atomic():
        run = Run.objects.create(
            school_id=school.pk,
            kind=RunKind.POLICY,
            policy_type="transcripts",
            delete_before=now(),
            state=RunState.DONE,
            numbers={"sessions.transcriptions": {"found": 5, "delete": 3, "kept": {"A legal hold covers them.": 2}}},
            asked_by="teacher-1",
            asked_at=now(),
            approved_by="teacher-2",
            approved_at=now(),
            finished_at=now(),
        )
        Segment.objects.create(
            run=run,
            number=1,
            table="sessions.transcriptions",
            fate=Fate.DELETE,
            rows=3,
            ids_sha256="5a" * 32,
            state=SegmentState.DONE,
            removed=3,
        )
        made = certify(run, now=now())
        assert made
        return made
