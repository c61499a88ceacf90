"""Seals as the pages show them. Everything here runs inside the person's scope."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from audit.models import Chain, Seal, Verification
from audit.proof.jobs import VERIFY
from audit.proof.keys import signing_key
from audit.record import NO_SCHOOL
from audit.rules.verdicts import Verdict, verdict_of
from classwaves_admin.jobs.models import Job
from classwaves_admin.jobs.queries import newest_jobs
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.keyset import Page, page
from classwaves_admin.schools.queries import time_zones
from classwaves_admin.warehouse.models import AuditLog

# More rows than this are not counted for a page.
MOST_COUNTED = 1_000
PAGE_SIZE = 25
NEWEST_FIRST = ("-sealed_at", "-id")
# What a job keeps of a school's id.
LONGEST_ID = 64
THE_PORTAL = "Events of no single school"


@dataclass(frozen=True, slots=True)
class SchoolProof:
    """How the proof of one school stands: its chain, its last seal, the rows that wait, the last verification.

    `clock` is the school whose time zone its times are shown in; None, for UTC, where the catalog has no such school.
    """

    school_id: str
    name: str
    clock: str | None
    chain: Chain | None
    last: Seal | None
    waiting: str
    verification: Verification | None
    job: Job | None
    verdict: Verdict

    @property
    def can_verify(self) -> bool:
        """Tell whether a job can be about this school: there is a chain, or what is left of one, and a usual id."""
        return bool(self.chain or self.last) and len(self.school_id) <= LONGEST_ID


def is_sealing() -> bool:
    """Tell whether a key is set that can sign."""
    try:
        return signing_key() is not None
    except ValueError:
        return False


def school_proofs(schools: Mapping[str, str], *, only: str | None = None) -> list[SchoolProof]:
    """Return the proof of each school in scope, broken ones first; with `only`, of that one. One warehouse query.

    `schools` are names by id. Other services write rows under further ids, which have chains too. One more
    warehouse query where time zones are not remembered.
    """
    chains = {one.pk: one for one in Chain.objects.all() if only in {None, one.pk}}
    known = {school_id for school_id in {*schools, *chains} if only in {None, school_id}}
    names = {school_id: schools.get(school_id) or _other_name(school_id) for school_id in known}
    newest = (
        Seal.objects.filter(school_id__in=list(known)).order_by().values("school_id").annotate(number=Max("number"))
    )
    lasts = _last_seals({found["school_id"]: found["number"] for found in newest})
    asked = _last_verifications(names)
    jobs = newest_jobs(VERIFY, [one.pk for one in asked.values()])
    time_zones(school_id for school_id in names if school_id in schools)  # all at once, before the page asks for each
    waiting = _waiting({school_id: chains[school_id].looked_at if school_id in chains else None for school_id in names})
    found = [
        SchoolProof(
            school_id=school_id,
            name=name,
            clock=school_id if school_id in schools else None,
            chain=chains.get(school_id),
            last=lasts.get(school_id),
            waiting=waiting[school_id],
            verification=(one := asked.get(school_id)),
            job=jobs.get(one.pk) if one else None,
            verdict=verdict_of(one, jobs.get(one.pk) if one else None),
        )
        for school_id, name in names.items()
    ]
    return sorted(found, key=lambda proof: (proof.verdict.code != "broken", proof.name.casefold()))


def seal_page(school_id: str, cursor: str) -> Page[Seal]:
    """Return seals of a school, newest first. Raises BadCursor. No warehouse query."""
    return page(Seal.objects.filter(school_id=school_id), order=NEWEST_FIRST, size=PAGE_SIZE, cursor=cursor)


def _other_name(school_id: str) -> str:
    return THE_PORTAL if school_id == NO_SCHOOL else school_id


def _last_seals(numbers: Mapping[str, int]) -> dict[str, Seal]:
    found = Seal.objects.filter(school_id__in=list(numbers), number__in=set(numbers.values()))
    return {seal.school_id: seal for seal in found if numbers[seal.school_id] == seal.number}


def _last_verifications(school_ids: Iterable[str]) -> dict[str, Verification]:
    newest = Verification.objects.filter(school_id__in=list(school_ids)).order_by().values("school_id")
    ids = newest.annotate(last=Max("id")).values_list("last", flat=True)  # ids rise with time
    return {one.school_id: one for one in Verification.objects.filter(pk__in=list(ids))}


def _waiting(looked_at: Mapping[str, datetime | None]) -> dict[str, str]:
    """Return how many rows of each school came since it was last sealed, in words. One warehouse query.

    The newest rows are counted, up to now: other services' clocks may be wrong, and what says 2100 is sealed like
    any other row.
    """
    sealed = {school_id: moment for school_id, moment in looked_at.items() if moment}
    since = min(sealed.values(), default=now())
    rows = AuditLog.objects.filter(school_id__in=list(sealed), event_timestamp__gt=since, event_timestamp__lte=now())
    newest = rows.order_by("-event_timestamp", "-id").values_list("school_id", "event_timestamp")
    found = list(newest[: MOST_COUNTED + 1])
    counts = Counter(school_id for school_id, at in found[:MOST_COUNTED] if at > sealed[school_id])
    # Beyond the last one that was read there may be more of the schools that were sealed before it.
    end = found[MOST_COUNTED][1] if len(found) > MOST_COUNTED else since
    return {
        school_id: "All" if moment is None else f"{counts[school_id]:,}" + ("+" if moment < end else "")
        for school_id, moment in looked_at.items()
    }
