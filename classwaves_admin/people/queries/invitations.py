"""Invitations as pages show them, and the one behind a link."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.db.models import Q, QuerySet

from classwaves_admin.lib import keyset
from classwaves_admin.lib.tokens import keyed_hash
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.people.models import Invitation
from classwaves_admin.people.queries.support import district_names
from classwaves_admin.tenancy.scope import Scope, system_scope
from classwaves_admin.warehouse.models import School

PAGE_SIZE = 50


def hash_of(token: str) -> str:
    """Return the hash under which a link is kept."""
    return keyed_hash(token, key=settings.TOKEN_KEY, purpose="invitation")


def invitations_in(scope: Scope) -> QuerySet[Invitation]:
    """Return the invitations to the districts and schools of a scope."""
    rows = Invitation.objects.select_related("invited_by")
    if scope.schools is None:
        return rows
    of_schools = Q(district_id="", school_id__in=scope.schools)
    return rows.filter(Q(district_id__in=scope.districts or ()) | of_schools)


def invitation_page(scope: Scope, cursor: str) -> keyset.Page[Invitation]:
    """Return a page of invitations, newest first. Raises BadCursor."""
    return keyset.page(invitations_in(scope), order=("-created_at", "-id"), size=PAGE_SIZE, cursor=cursor)


def newest_mails(invitations: Iterable[Invitation], kind: str) -> dict[str, OutgoingMail]:
    """Return the newest mail of a kind about each invitation that has any, by its id: state and reason alone.

    They are of no school, so that no scope but the system's holds them: give it invitations that the person may see.
    """
    with system_scope(reason="mails of invitations are of no school; who sees the invitation sees what became of its"):
        rows = OutgoingMail.objects.filter(kind=kind, refers_to__in=[one.pk for one in invitations])
        told = rows.only("id", "refers_to", "state", "failure_reason").order_by("created_at", "id")
        return {mail.refers_to: mail for mail in told}


def find_invitation(invitation_id: str, scope: Scope) -> Invitation | None:
    """Return an invitation of the scope, or None."""
    return invitations_in(scope).filter(pk=invitation_id).first()


def invitation_behind(token: str) -> Invitation | None:
    """Return the invitation of a link, whatever it is worth, or None."""
    return Invitation.objects.filter(links__token_hash=hash_of(token)).select_related("invited_by").first()


def invited_to(invitation: Invitation) -> str:
    """Return the name of the district, or the names of the schools, that an invitation is to. One warehouse query."""
    if invitation.district_id:
        return district_names([invitation.district_id]).get(invitation.district_id, "")
    schools = School.objects.filter(pk__in=invitation.school_ids).order_by("name", "id")
    return ", ".join(schools.values_list("name", flat=True))
