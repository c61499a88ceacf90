"""Puts the whole sample into both databases: in one transaction, so that it is there or not."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from classwaves_admin.accounts.models import User
from classwaves_admin.portal.sample.audio import put_files
from classwaves_admin.portal.sample.classroom import Meeting, Timetable
from classwaves_admin.portal.sample.consents import Storyteller
from classwaves_admin.portal.sample.dice import Dice
from classwaves_admin.portal.sample.events import Chronicle
from classwaves_admin.portal.sample.families import Family, FamilyMaker
from classwaves_admin.portal.sample.fates import fates_of
from classwaves_admin.portal.sample.history import Office
from classwaves_admin.portal.sample.ledger import Ledger
from classwaves_admin.portal.sample.measures import Measures
from classwaves_admin.portal.sample.operations import jobs, machine_room, notifications
from classwaves_admin.portal.sample.people import make_people
from classwaves_admin.portal.sample.places import Place, district_row, places
from classwaves_admin.portal.sample.plans import plans
from classwaves_admin.portal.sample.records import Records
from classwaves_admin.portal.sample.talk import Talk
from classwaves_admin.warehouse.models._base import CatalogModel
from classwaves_admin.warehouse.outbox import gateway
from consent.actions.notices import keep_notices
from consent.models import Answer, Guardian, Guardianship, Invitation, InvitationChild, NoticeText
from consent.notices.texts import Notice, SchoolFacts, written
from consent.vocabulary import ConsentType

SEED = 2026
_AUTHORIZATION = """\
# School authorisation

{school} authorises ClassWaves to collect and use students' information for the school's own educational
purposes and for no other. It does not stand for a parent's consent and sets no recording free.
"""


class SampleRefused(RuntimeError):
    """The sample must not be loaded here."""


def already_loaded() -> bool:
    """Tell whether the sample's people are here."""
    return User.objects.filter(email=plans().accounts[0].email).exists()


def load_sample(*, now: datetime, seed: int = SEED) -> Counter[str] | None:
    """Load the sample and return how many rows of each table there are; None where it is here already.

    Everything is written in one transaction on `default`; the catalog follows from the outbox. The
    same seed and `now` give the same rows. Raises SampleRefused in production.
    """
    if settings.PRODUCTION:
        raise SampleRefused("The sample is for development: its passwords are printed for everyone to read.")
    with transaction.atomic():
        if already_loaded():
            return None
        return _load(now, seed)


def _load(now: datetime, seed: int) -> Counter[str]:
    plan, chronicle = plans(), Chronicle(Dice(seed, "events"), now)
    district = district_row(plan, Dice(seed, "district"), now)
    schools = places(plan, district, Dice(seed, "places"), now)
    people = make_people(plan, district, Dice(seed, "people"), now)
    families = FamilyMaker(plan, Dice(seed, "families"), now).all(schools)
    ledger = _ask_everyone(schools, families, chronicle, seed, now)
    rows = ledger.rows()
    records = Records(families, rows, ledger.answers, now)
    records.set_flags(families)
    timetable = Timetable(plan, families, records, Dice(seed, "timetable"), now)
    meetings = timetable.past(schools)
    talk = Talk(Dice(seed, "talk"), now, records, chronicle)
    talk.hold(meetings)
    measures = Measures(Dice(seed, "measures"))
    measures.take(meetings)
    Office(Dice(seed, "office"), now, chronicle).work(schools, families, people)
    put_files(talk.playable)
    machines = Dice(seed, "machines")
    catalog: list[CatalogModel] = [
        district,
        *(row for place in schools for row in (place.school, *place.settings, *place.policies, *place.staff)),
        *(row for family in families for child in family.children for row in (child.student, child.age)),
        *rows,
        *(row for meeting in meetings for row in _rows_of(meeting)),
        *timetable.coming(schools),
        *talk.recordings,
        *talk.transcripts,
        *talk.messages,
        *measures.rows,
        *notifications(ledger, machines),
        *jobs(machines, now),
        *machine_room(schools, machines, now),
    ]
    # Rows of one table together: the outbox applies such a run in one statement.
    catalog.sort(key=lambda row: row._meta.db_table)
    gateway.insert(*catalog)
    chronicle.write()
    counts = Counter(row._meta.db_table for row in catalog)
    counts["compliance.audit_log"] = len(chronicle.events)
    return counts


def _rows_of(meeting: Meeting) -> list[CatalogModel]:
    tables = [row for table in meeting.tables for row in (table.group, *table.members)]
    return [meeting.session, *tables]


def _ask_everyone(
    schools: Sequence[Place], families: Sequence[Family], chronicle: Chronicle, seed: int, now: datetime
) -> Ledger:
    """Keep the notices, play out every fate and write what `default` remembers of it."""
    notices = {
        (place.school.id, language): written(SchoolFacts(place.school, tuple(place.policies)), language)
        for place in schools
        for language, _ in settings.LANGUAGES
    }
    for place in schools:
        for language, _ in settings.LANGUAGES:
            keep_notices(notices[(place.school.id, language)], now=place.school.created_at)
    authorizations = {place.school.id: _authorization(place) for place in schools}
    by_type = {key: {notice.consent_type: notice for notice in found} for key, found in notices.items()}
    ledger = Ledger(Dice(seed, "ledger"), now, chronicle, by_type)
    teller = Storyteller(ledger, Dice(seed, "fates"), now, authorizations)
    for place in schools:
        for family, fate in fates_of([family for family in families if family.place is place], teller.dice):
            teller.tell(family, fate)
    Guardian.objects.bulk_create([guardian for family in families for guardian in family.guardians])
    Guardianship.objects.bulk_create([tie for family in families for tie in family.ties])
    Invitation.objects.bulk_create(ledger.invitations)
    InvitationChild.objects.bulk_create(ledger.asked_about)
    Answer.objects.bulk_create(ledger.answers)
    return ledger


def _authorization(place: Place) -> Notice:
    """Write and keep the text by which a school authorises."""
    text = _AUTHORIZATION.format(school=place.school.name)
    kind = ConsentType.SCHOOL_AUTHORIZATION
    version = f"{kind}@1/en/sha256:{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    notice = Notice(version, place.school.id, kind, "en", "School authorisation", text)
    NoticeText.objects.create(
        version=version,
        school_id=notice.school_id,
        consent_type=kind.value,
        language=notice.language,
        title=notice.title,
        text=notice.text,
        created_at=place.school.created_at,
    )
    return notice
