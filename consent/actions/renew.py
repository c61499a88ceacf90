"""Asks guardians again whose consents end soon."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import groupby

from classwaves_admin.lib.actor import Actor
from classwaves_admin.schools.queries import time_zone
from classwaves_admin.warehouse.models import School
from consent.actions.ask import ask_again_about
from consent.actions.changes import said_by
from consent.models import BlockedRenewal, Guardianship
from consent.notices.texts import NoticeIncomplete
from consent.queries.asking import Pair
from consent.queries.ending import first_ends, last_asked
from consent.queries.families import guardianships_of
from consent.queries.reminders import timetables
from consent.queries.rows import consents_of, facts_of
from consent.rules.days import has_begun
from consent.rules.expiry import ends_soon

logger = logging.getLogger(__name__)

# Students whose consents are read together and whose guardians are asked in one transaction.
PART = 100


def ask_again(*, by: Actor, now: datetime) -> int:
    """Ask every guardian in scope again whose consents end within the first of the days; return how many.

    The older consents stand until they end, and end with the new answer before. A guardian is asked once for each
    end: who has been asked since these days began, by the office or by an earlier run, is left alone, whatever
    they answered. Outside the school's day nobody is asked. Where a blank in a school's notice stops requests, in one
    language or in all, it is noted for the office until they can be sent again.
    """
    tables = timetables(School.objects.values_list("id", flat=True))
    first = {school_id: max(table.before_end) for school_id, table in tables.items() if table.before_end}
    if not first:
        return 0
    asked, ending = 0, first_ends(now, until=_until(now, max(first.values())))
    BlockedRenewal.objects.exclude(school_id__in=ending).delete()  # nothing waits there any more
    for school_id, all_ends in sorted(ending.items()):
        days = first.get(school_id, 0)
        ends = {student_id: end for student_id, end in all_ends.items() if days and end <= _until(now, days)}
        zone = time_zone(school_id)
        if ends and has_begun(now, zone, hour=tables[school_id].hour):
            asked += _ask_school(school_id, _not_asked(ends, days), zone, days, by=by, now=now)
    return asked


def _until(now: datetime, days: int) -> datetime:
    """Return until when an end is near: a day more, for the school's day may be longer than the rest of ours."""
    return now + timedelta(days=days + 1)


def _not_asked(ends: Mapping[str, datetime], days: int) -> list[str]:
    """Return the students with a guardian who has not been asked since these days began. No warehouse query."""
    families = guardianships_of(ends)
    asked = last_asked({one.guardian_id for one in families})
    return sorted({one.student_id for one in families if not _is_asked(_pair(one), ends[one.student_id], asked, days)})


def _ask_school(
    school_id: str, student_ids: Sequence[str], zone: tzinfo, days: int, *, by: Actor, now: datetime
) -> int:
    asked = 0
    blanks: set[str] = set()
    for part in _families_together(student_ids):
        ending = _ending(part, zone, days, now)
        if not ending:
            continue
        try:
            asked += len(ask_again_about(school_id=school_id, ending=ending, by=by, now=now).invitations)
        except NoticeIncomplete as incomplete:
            blanks.update(incomplete.slots)
        except School.DoesNotExist as error:
            logger.warning("A school's guardians cannot be asked again: %s", type(error).__name__)
            return asked
    _note_blanks(school_id, blanks, now)
    return asked


def _note_blanks(school_id: str, blanks: Collection[str], now: datetime) -> None:
    """Keep what stops the requests of a school since when, as long as it does."""
    if not blanks:
        BlockedRenewal.objects.filter(school_id=school_id).delete()
        return
    logger.warning("A school's guardians cannot be asked again: the notice has a blank.")
    BlockedRenewal.objects.update_or_create(
        school_id=school_id, defaults={"slots": sorted(blanks)}, create_defaults={"slots": sorted(blanks), "since": now}
    )


def _families_together(student_ids: Sequence[str]) -> Iterator[list[str]]:
    """Yield the students in parts of about PART, siblings in one: they come in one mail."""
    guardian_of: dict[str, str] = {}
    for one in guardianships_of(student_ids):
        guardian_of.setdefault(one.student_id, one.guardian_id)
    ordered = sorted(student_ids, key=lambda student_id: (guardian_of.get(student_id, ""), student_id))
    part: list[str] = []
    for _, family in groupby(ordered, key=lambda student_id: guardian_of.get(student_id, "")):
        part += family
        if len(part) >= PART:
            yield part
            part = []
    if part:
        yield part


def _ending(student_ids: Sequence[str], zone: tzinfo, days: int, now: datetime) -> Mapping[Pair, datetime]:
    """Return the pairs of guardian and student to be asked again, with the end of the first consent."""
    consents = consents_of(student_ids)
    families = guardianships_of(student_ids)
    asked = last_asked({one.guardian_id for one in families})
    found: dict[Pair, datetime] = {}
    for one in families:
        given = [consent for consent in consents[one.student_id] if consent.facts.given]
        own = said_by(one.guardian_id, one.guardian.email, given)
        end = ends_soon(facts_of(own), now, zone, days=days)
        if end is not None and not _is_asked(_pair(one), end, asked, days):
            found[_pair(one)] = end
    return found


def _pair(one: Guardianship) -> Pair:
    return one.guardian_id, one.student_id


def _is_asked(pair: Pair, end: datetime, asked: Mapping[Pair, datetime], days: int) -> bool:
    """Tell whether the guardian was asked since it is time to; a day more, for the day begins before its hour."""
    return pair in asked and asked[pair] >= end - timedelta(days=days + 1)
