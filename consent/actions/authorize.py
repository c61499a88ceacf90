"""The school authorizes on parents' behalf, for its own use only, and takes it back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from audit.events import Basis
from audit.record import record
from classwaves_admin.jobs import actions as jobs
from classwaves_admin.jobs import kinds
from classwaves_admin.jobs.models import Job
from classwaves_admin.lib.actor import Actor
from classwaves_admin.schools.values import value
from classwaves_admin.warehouse.models import AuditLog, ParentalConsent, School
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.locks import lock_children
from consent.actions.notices import keep_notices
from consent.actions.rows import USER_AGENT_LENGTH
from consent.models import AuthorizedStudent, SchoolAuthorization
from consent.notices.authorization import statement
from consent.queries.authorizing import Choice, coverage, reasons_against
from consent.vocabulary import ConsentType, Relationship, VerificationMethod

KIND = "consent.authorize"
END_KIND = "consent.end_authorization"
# Students of one portion; as many are written at once, more are a job.
PORTION = 200
_TYPE = ConsentType.SCHOOL_AUTHORIZATION.value


class NobodyToAuthorize(ValueError):
    """A choice that covers no student."""


def register() -> None:
    """Register the kinds of job. Called once, when Django starts."""
    kinds.register(
        KIND, write_portion, reason="writes the rows of one school's decision", title="Authorizing by the school"
    )
    kinds.register(
        END_KIND, end_portion, reason="ends the rows of one school's decision", title="Ending an authorization"
    )


def authorize(
    *, choice: Choice, signer_name: str, expires_at: datetime, by: Actor, now: datetime
) -> SchoolAuthorization:
    """Record the decision for every student whom the choice covers, and return it.

    It sets no flag and is no parent's consent (COMPLIANCE: `coppa_school_authorization`). Few students are
    written at once, many as a job. Raises NobodyToAuthorize, School.DoesNotExist, and ValueError for a
    decision without a name or an end to come.
    """
    if not signer_name.strip() or expires_at <= now:
        raise ValueError("A decision needs a name, and an end that is still to come.")
    school = School.objects.get(id=choice.school_id)
    internal = value(school.id, "consent.internal_operations_only").value
    signed = statement(school_id=school.id, school_name=school.name, internal_operations_only=internal)
    with transaction.atomic():
        covered = coverage(choice, now).student_ids
        if not covered:
            raise NobodyToAuthorize("The choice covers no student.")
        keep_notices([signed], now=now)
        decision = SchoolAuthorization.objects.create(
            school_id=school.id,
            chosen=choice.chosen,
            grade=choice.grade,
            statement_id=signed.version,
            internal_operations_only=internal,
            signer_name=" ".join(signer_name.split()),
            decided_by=by.id,
            decided_at=now,
            expires_at=expires_at,
        )
        AuthorizedStudent.objects.bulk_create(
            [AuthorizedStudent(authorization=decision, school_id=school.id, student_id=one) for one in covered]
        )
        _carry_out(KIND, decision, len(covered), by=by, now=now)
    return decision


def revoke_authorization(*, authorization_id: str, by: Actor, now: datetime) -> bool:
    """Take a decision back; return whether it was in force. It counts no more from here on, wherever its rows are.

    Raises SchoolAuthorization.DoesNotExist.
    """
    with transaction.atomic():
        decision = SchoolAuthorization.objects.select_for_update().get(pk=authorization_id)
        if decision.revoked_at is not None:
            return False
        decision.revoked_at, decision.revoked_by = now, by.id
        decision.save(update_fields=["revoked_at", "revoked_by"])
        covered = AuthorizedStudent.objects.filter(authorization=decision, left_out="").count()
        _carry_out(END_KIND, decision, covered, by=by, now=now)
    return True


def _carry_out(kind: str, decision: SchoolAuthorization, students: int, *, by: Actor, now: datetime) -> None:
    if students > PORTION:
        jobs.start(kind=kind, subject_id=decision.id, school_id=decision.school_id, total=students, by=by, now=now)
    elif kind == KIND:
        _write(decision, by=by, now=now)
    else:
        _end(decision, by=by, now=now)


def write_portion(*, job: Job, now: datetime) -> kinds.Progress:
    """Write the rows of one portion of a decision's students."""
    with transaction.atomic():
        decision = SchoolAuthorization.objects.select_for_update().get(pk=job.subject_id)
        left = _write(decision, by=job.by, now=now) if decision.revoked_at is None else 0
    return kinds.Progress(job.total - left, job.total, finished=not left)


def end_portion(*, job: Job, now: datetime) -> kinds.Progress:
    """End the rows of one portion of a decision's students."""
    with transaction.atomic():
        decision = SchoolAuthorization.objects.select_for_update().get(pk=job.subject_id)
        left = _end(decision, by=job.by, now=now)
    return kinds.Progress(job.total - left, job.total, finished=not left)


def _write(decision: SchoolAuthorization, *, by: Actor, now: datetime) -> int:
    """Write rows for the next portion and return how many students are left.

    Each student is judged again: a parent may have refused since the decision.
    """
    waiting = AuthorizedStudent.objects.filter(authorization=decision, written_at=None, left_out="").order_by("id")
    portion = list(waiting[:PORTION])
    lock_children([one.student_id for one in portion])
    reasons = reasons_against([one.student_id for one in portion], decision.school_id, now)
    for one in portion:
        reason = reasons[one.student_id]
        one.left_out, one.written_at = (reason, None) if reason else ("", now)
    AuthorizedStudent.objects.bulk_update(portion, ["left_out", "written_at"])
    written = [one for one in portion if one.written_at]
    gateway.insert_all([_row(decision, one, by) for one in written])
    _audit("consent.school_authorized", decision, written, by=by, now=now)
    return waiting.count()


def _end(decision: SchoolAuthorization, *, by: Actor, now: datetime) -> int:
    """End the rows of the next portion and return how many are left."""
    standing = AuthorizedStudent.objects.filter(
        authorization=decision, written_at__isnull=False, ended_at=None
    ).order_by("id")
    portion = list(standing[:PORTION])
    revoked_at = decision.revoked_at or now
    if portion:
        gateway.update_many(
            ParentalConsent, ["id"], [[one.consent_id] for one in portion], revoked_at=revoked_at, updated_at=now
        )
    _audit("consent.revoked", decision, portion, by=by, now=now)
    AuthorizedStudent.objects.filter(pk__in=[one.pk for one in portion]).update(ended_at=now)
    return standing.count()


def _row(decision: SchoolAuthorization, one: AuthorizedStudent, by: Actor) -> ParentalConsent:
    """Return the row of the catalog. It names the official who signed, and no address: nobody writes back to it."""
    return ParentalConsent(
        id=one.consent_id,
        student_id=one.student_id,
        school_id=decision.school_id,
        consent_type=_TYPE,
        consent_given=True,
        consent_date=decision.decided_at,
        parent_name=decision.signer_name,
        parent_email="",
        relationship=Relationship.SCHOOL_OFFICIAL.value,
        verification_method=VerificationMethod.SCHOOL_AUTHORIZATION.value,
        verification_token=None,
        verified_at=decision.decided_at,
        ip_address=by.ip_address,
        user_agent=(by.user_agent or "")[:USER_AGENT_LENGTH] or None,
        consent_text_version=decision.statement_id,
        expires_at=decision.expires_at,
        revoked_at=None,
        created_at=decision.decided_at,
        updated_at=decision.decided_at,
    )


def _audit(
    event: str, decision: SchoolAuthorization, students: list[AuthorizedStudent], *, by: Actor, now: datetime
) -> None:
    events: list[AuditLog] = []
    for one in students:
        record(
            event,
            by=by,
            school_id=decision.school_id,
            resource=("student", one.student_id),
            students=[one.student_id],
            basis=Basis.SCHOOL_AUTHORIZATION,
            data={"types": [_TYPE], "authorization": decision.id, "consents": [one.consent_id]},
            at=now,
            write=events.append,
        )
    gateway.insert_all(events)
