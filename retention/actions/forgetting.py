"""How the portal's own rows and copies about one child are found, and what makes them go (portal_schedule.py)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from classwaves_admin.accounts.searching import SEARCHES
from classwaves_admin.notifications.models import OutgoingMail, State
from classwaves_admin.notifications.outcomes import cancel_waiting
from consent.models import (
    Evidence,
    EvidencedConsent,
    Invitation,
    InvitationChild,
    Link,
    LinkRequest,
    PaperChild,
    PaperForm,
    RosterChange,
    RosterStudent,
    Settlement,
    WithdrawnConsent,
)
from retention.models import RightsRequest
from retention.places import Leaving


def links(who: Leaving) -> QuerySet[Link]:
    """Return the links of requests about this child alone."""
    return Link.objects.filter(invitation__in=_own_invitations(who))


def asked_links(who: Leaving) -> QuerySet[LinkRequest]:
    """Return the links that somebody has asked for with an address of the family."""
    return LinkRequest.objects.filter(address__in=who.guardian_addresses)


def unused_forms(who: Leaving) -> QuerySet[PaperForm]:
    """Return the printed forms about this child alone that nobody has answered on."""
    shared = PaperChild.objects.exclude(student_id=who.student_id).values("form_id")
    own = PaperForm.objects.filter(children__student_id=who.student_id, used_at=None)
    return own.exclude(pk__in=shared)


def roster_ids(who: Leaving) -> QuerySet[RosterStudent]:
    """Return by which id the school's roster knows the child."""
    return RosterStudent.objects.filter(student_id=who.student_id)


def settlements(who: Leaving) -> QuerySet[Settlement]:
    """Return the matters of the child with words of the office."""
    return Settlement.objects.filter(student_id=who.student_id, reference__gt="")


def request_words(who: Leaving) -> QuerySet[RightsRequest]:
    """Return the requests about the child that say something in words."""
    return RightsRequest.objects.filter(student_id=who.student_id, words__gt="")


class OpenRequests:
    """Requests for consent about this child alone that could still be answered: they end."""

    def left(self, who: Leaving) -> int:
        """Return how many are open."""
        return self._open(who).count()

    def erase(self, who: Leaving, *, now: datetime) -> int:
        """End them."""
        return self._open(who).update(revoked_at=now)

    def _open(self, who: Leaving) -> QuerySet[Invitation]:
        return _own_invitations(who).filter(revoked_at=None, verified_at=None, expires_at__gt=who.since)


class WaitingMails:
    """Mails about the child that have not left: they are cancelled, and their addresses and texts go."""

    def left(self, who: Leaving) -> int:
        """Return how many are on their way; one that a worker is sending now ends by itself within moments."""
        on_the_way = OutgoingMail.objects.filter(state__in=[State.QUEUED, State.SENDING])
        return on_the_way.filter(refers_to__in=self._matters(who)).count()

    def erase(self, who: Leaving, *, now: datetime) -> int:
        """Cancel those that no worker has taken."""
        return cancel_waiting(refers_to=self._matters(who), reason="data_deleted", now=now)

    def _matters(self, who: Leaving) -> list[str]:
        asked = InvitationChild.objects.filter(student_id=who.student_id).values_list("invitation_id", flat=True)
        taken_back = WithdrawnConsent.objects.filter(student_id=who.student_id).values_list("withdrawal_id", flat=True)
        return sorted({*asked, *taken_back})


class Scans:
    """Scans of forms about this child alone: the file goes; who checked, when, and where the paper lies is proof."""

    def left(self, who: Leaving) -> int:
        """Return how many scans there are."""
        return self._with_scan(who).count()

    def erase(self, who: Leaving, *, now: datetime) -> int:
        """Delete each file, see that it is gone, and note that there is none."""
        gone = 0
        for evidence in self._with_scan(who):
            default_storage.delete(evidence.file)
            if not default_storage.exists(evidence.file):
                Evidence.objects.filter(pk=evidence.pk).update(file="", content_type="", size=0)
                gone += 1
        return gone

    def _with_scan(self, who: Leaving) -> QuerySet[Evidence]:
        shared = EvidencedConsent.objects.exclude(student_id=who.student_id).values("evidence_id")
        own = EvidencedConsent.objects.filter(student_id=who.student_id).values("evidence_id")
        return Evidence.objects.filter(pk__in=own, file__gt="").exclude(pk__in=shared)


class RosterValues:
    """Rows of the child in what an import could be taken back to: they leave it, and the rest stays."""

    def left(self, who: Leaving) -> int:
        """Return how many parts of imports name the child."""
        return self._parts(who).count()

    def erase(self, who: Leaving, *, now: datetime) -> int:
        """Take the child's rows out of each part."""
        changed = 0
        for pk in list(self._parts(who).values_list("pk", flat=True)):
            with transaction.atomic():
                part = RosterChange.objects.select_for_update().get(pk=pk)
                for name in ("added", "changed", "removed"):
                    rows = part.payload.get(name, [])
                    part.payload[name] = [row for row in rows if who.student_id not in json.dumps(row)]
                part.save(update_fields=["payload"])
                changed += 1
        return changed

    def _parts(self, who: Leaving) -> QuerySet[RosterChange]:
        rows = RosterChange.objects.annotate(written=Cast("payload", TextField()))
        return rows.filter(written__contains=who.student_id)


class RememberedSearches:
    """Names that staff have searched for stand in their session for a few hours: the child's is forgotten."""

    def left(self, who: Leaving) -> int:
        """Return how many sessions remember the child."""
        return sum(1 for _ in self._sessions(who))

    def erase(self, who: Leaving, *, now: datetime) -> int:
        """Forget all searches of each such session; nobody is signed out."""
        changed = 0
        for session, data in list(self._sessions(who)):
            data.pop(SEARCHES, None)
            session.session_data = Session.objects.encode(data)
            session.save(update_fields=["session_data"])
            changed += 1
        return changed

    def _sessions(self, who: Leaving) -> Iterator[tuple[Session, dict[str, Any]]]:
        texts = [text.casefold() for text in who.texts]
        for session in Session.objects.iterator():
            data = session.get_decoded()
            searched = [str(name).casefold() for name in data.get(SEARCHES, {}).values()]
            if any(part and part in text for part in searched for text in texts):
                yield session, data


def _own_invitations(who: Leaving) -> QuerySet[Invitation]:
    """Return the requests for consent that ask about this child and no other."""
    shared = InvitationChild.objects.exclude(student_id=who.student_id).values("invitation_id")
    return Invitation.objects.filter(children__student_id=who.student_id).exclude(pk__in=shared)
