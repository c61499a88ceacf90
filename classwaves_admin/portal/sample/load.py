"""Puts the whole sample into both databases: what is made in one transaction, what people did in a second.

A load that was stopped between them goes on with the second.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django.conf import settings
from django.db import transaction

from classwaves_admin.accounts.models import User
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.portal.sample import doings
from classwaves_admin.portal.sample.audio import put_files
from classwaves_admin.portal.sample.authorizations import save_authorizations
from classwaves_admin.portal.sample.make import SEED, Sample, make_sample
from classwaves_admin.portal.sample.operations import outgoing
from classwaves_admin.portal.sample.people import save_person
from classwaves_admin.portal.sample.plans import plans
from classwaves_admin.portal.sample.rights import requests_of
from classwaves_admin.warehouse.models import NotificationQueue
from classwaves_admin.warehouse.outbox import delivery, gateway
from consent.actions.notices import keep_notices
from consent.models import Answer, Guardian, Guardianship, Invitation, InvitationChild, NoticeText, RightsTransfer
from retention.models import RightsRequest


class SampleRefused(RuntimeError):
    """The sample must not be loaded here."""


def already_loaded() -> bool:
    """Tell whether the sample's people are here."""
    return User.objects.filter(email=plans().accounts[0].email).exists()


def load_sample(*, now: datetime, seed: int = SEED) -> Counter[str] | None:
    """Load the sample and return how many rows of each table were made; None where they are here already.

    They are written in one transaction on `default`; the catalog follows from the outbox, and what people do with the
    portal follows the catalog. Raises SampleRefused in production.
    """
    if settings.PRODUCTION:
        raise SampleRefused("The sample is for development: its passwords are printed for everyone to read.")
    counts = None if already_loaded() else _put(make_sample(now, seed), now)
    if not doings.already_done():
        delivery.deliver()  # a page stops delivering after two seconds; here nobody waits for one
        doings.do_all(now)
        delivery.deliver()
    return counts


def _put(sample: Sample, now: datetime) -> Counter[str]:
    """Write what is made, and return how many rows of each table."""
    put_files(sample.playable)
    with transaction.atomic():
        for person in sample.people:
            save_person(person)
        _save_families(sample, now)
        save_authorizations(sample.catalog)
        gateway.insert(*sample.catalog)
        sample.chronicle.write()
        RightsRequest.objects.bulk_create(requests_of(sample.chronicle.events))
    counts = Counter(row._meta.db_table for row in sample.catalog)
    counts["compliance.audit_log"] = len(sample.chronicle.events)
    return counts


def _save_families(sample: Sample, now: datetime) -> None:
    """Write what `default` remembers: the notices shown, guardians, requests, answers."""
    keep_notices(sample.notices, now=now)
    NoticeText.objects.bulk_create(
        NoticeText(
            version=notice.version,
            school_id=notice.school_id,
            consent_type=notice.consent_type.value,
            language=notice.language,
            title=notice.title,
            text=notice.text,
            created_at=now,
        )
        for notice in sample.authorizations
    )
    Guardian.objects.bulk_create([guardian for family in sample.families for guardian in family.guardians])
    Guardianship.objects.bulk_create([tie for family in sample.families for tie in family.ties])
    Invitation.objects.bulk_create(sample.ledger.invitations)
    InvitationChild.objects.bulk_create(sample.ledger.asked_about)
    Answer.objects.bulk_create(sample.ledger.answers)
    queued = [row for row in sample.catalog if isinstance(row, NotificationQueue)]
    OutgoingMail.objects.bulk_create(outgoing(sample.ledger, queued))
    RightsTransfer.objects.bulk_create(sample.ledger.transfers)
