"""Makes the whole sample in memory: no database, no clock, the same for the same seed and moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

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
from classwaves_admin.portal.sample.people import Person, people
from classwaves_admin.portal.sample.places import Place, district_row, places
from classwaves_admin.portal.sample.plans import plans
from classwaves_admin.portal.sample.records import Records
from classwaves_admin.portal.sample.talk import Talk
from classwaves_admin.warehouse.models import ParentalConsent, Recording
from classwaves_admin.warehouse.models._base import CatalogModel
from consent.notices.authorization import statement
from consent.notices.kept import Stated
from consent.notices.texts import Notice, SchoolFacts, written
from consent.vocabulary import ConsentType
from retention.queries.policies import days_under

SEED = 2026


@dataclass(frozen=True, slots=True)
class Sample:
    """Everything that was made. `catalog` holds the rows of the catalog, the audit log apart."""

    people: list[Person]
    families: list[Family]
    notices: list[Notice]
    authorizations: list[Notice]
    ledger: Ledger
    consents: list[ParentalConsent]
    meetings: list[Meeting]
    playable: list[Recording]
    catalog: list[CatalogModel]
    chronicle: Chronicle
    records: Records


def make_sample(now: datetime, seed: int = SEED) -> Sample:
    """Return the sample as of `now`; each part draws from a stream of chance of its own."""
    plan, chronicle = plans(), Chronicle(Dice(seed, "events"), now)
    district = district_row(plan, Dice(seed, "district"), now)
    schools = places(plan, district, Dice(seed, "places"), now)
    persons = people(plan, district, Dice(seed, "people"), now)
    families = FamilyMaker(plan, Dice(seed, "families"), now).all(schools)
    notices, authorizations = _notices(schools), [_authorization(place) for place in schools]
    ledger = _ask_everyone(schools, families, notices, authorizations, chronicle, seed)
    consents = ledger.rows()
    records = Records(families, consents, ledger.answers, now)
    records.set_flags(families)
    timetable = Timetable(plan, families, records, Dice(seed, "timetable"), now)
    meetings = timetable.past(schools)
    talk = Talk(Dice(seed, "talk"), now, records, chronicle)
    talk.hold(meetings)
    measures = Measures(Dice(seed, "measures"))
    measures.take(meetings)
    account_ids = {person.plan.role: person.id for person in reversed(persons)}
    Office(Dice(seed, "office"), now, chronicle).work(schools, families, account_ids)
    catalog: list[CatalogModel] = [
        district,
        *(row for place in schools for row in (place.school, *place.settings, *place.policies, *place.staff)),
        *(row for family in families for child in family.children for row in (child.student, child.age)),
        *consents,
        *(row for meeting in meetings for row in _rows_of(meeting)),
        *timetable.coming(schools),
        *talk.rows(),
        *measures.rows,
        *_machines(schools, ledger, Dice(seed, "machines"), now),
    ]
    return Sample(
        people=persons,
        families=families,
        notices=notices,
        authorizations=authorizations,
        ledger=ledger,
        consents=consents,
        meetings=meetings,
        playable=talk.playable,
        # Rows of one table together: the outbox applies such a run in one statement.
        catalog=sorted(catalog, key=lambda row: row._meta.db_table),
        chronicle=chronicle,
        records=records,
    )


def _rows_of(meeting: Meeting) -> list[CatalogModel]:
    tables = [row for table in meeting.tables for row in (table.group, *table.members)]
    return [meeting.session, *tables]


def _machines(schools: Sequence[Place], ledger: Ledger, dice: Dice, now: datetime) -> list[CatalogModel]:
    return [*notifications(ledger, dice), *jobs(dice, now), *machine_room(schools, dice, now)]


def _notices(schools: Sequence[Place]) -> list[Notice]:
    days = days_under({place.school.id: Stated(place.policies) for place in schools}, {})  # its districts set nothing
    return [
        notice
        for place in schools
        for language, _ in settings.LANGUAGES
        for notice in written(SchoolFacts(place.school, days[place.school.id]), language)
    ]


def _authorization(place: Place) -> Notice:
    return statement(school_id=place.school.id, school_name=place.school.name, internal_operations_only=True)


def _ask_everyone(
    schools: Sequence[Place],
    families: Sequence[Family],
    notices: Sequence[Notice],
    authorizations: Sequence[Notice],
    chronicle: Chronicle,
    seed: int,
) -> Ledger:
    """Play out every family's fate."""
    by_type: dict[tuple[str, str], dict[ConsentType, Notice]] = {}
    for notice in notices:
        by_type.setdefault((notice.school_id, notice.language), {})[notice.consent_type] = notice
    ledger = Ledger(Dice(seed, "ledger"), chronicle.now, chronicle, by_type)
    own = {notice.school_id: notice for notice in authorizations}
    teller = Storyteller(ledger, Dice(seed, "fates"), chronicle.now, own)
    for place in schools:
        for family, fate in fates_of([family for family in families if family.place is place], teller.dice):
            teller.tell(family, fate)
    return ledger
