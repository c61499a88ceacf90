"""What a school's notices are written from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from classwaves_admin.warehouse.models import RetentionPolicy, School
from consent.models import NoticeVersion
from consent.notices import shipped
from consent.notices.periods import periods
from consent.notices.texts import SchoolFacts, Source
from consent.rules.notices import Numbers
from consent.vocabulary import ASKED_TYPES, NoticeState


def school_facts(school_id: str) -> SchoolFacts:
    """Return what a school's notices are written from: two queries to the warehouse. Raises School.DoesNotExist."""
    school = School.objects.get(id=school_id)
    return facts_of_schools([school])[school_id]


def facts_of_schools(schools: Iterable[School]) -> dict[str, SchoolFacts]:
    """Return what the notices of schools are written from, by id: one query to the warehouse for all of them."""
    known = {school.id: school for school in schools}
    policies: dict[str, list[RetentionPolicy]] = {school_id: [] for school_id in known}
    for policy in RetentionPolicy.objects.filter(school_id__in=list(known)).order_by("updated_at"):
        policies[policy.school_id].append(policy)
    own = _own_texts(known)
    return {
        school_id: SchoolFacts(school, tuple(policies[school_id]), own.get(school_id, {}))
        for school_id, school in known.items()
    }


def numbers_of(school_ids: Collection[str]) -> Mapping[str, Numbers]:
    """Return the numbers of the notices in force in each school. No query to the warehouse."""
    plain = {(kind.value, code): shipped.VERSIONS[kind] for kind in ASKED_TYPES for code in shipped.languages()}
    own = _own_texts(school_ids)
    return {
        school_id: plain | {which: source.number for which, source in own.get(school_id, {}).items()}
        for school_id in school_ids
    }


def source_of(version: NoticeVersion) -> Source:
    """Return a version as notices are written from it."""
    return Source(version.text, version.words, version.number or 0, version.id)


def _own_texts(school_ids: Collection[str]) -> dict[str, dict[tuple[str, str], Source]]:
    """Return the texts in force that schools wrote themselves. Schools out of scope have none."""
    found: dict[str, dict[tuple[str, str], Source]] = {}
    for one in NoticeVersion.objects.filter(school_id__in=list(school_ids), state=NoticeState.ACTIVE.value):
        found.setdefault(one.school_id, {})[one.consent_type, one.language] = source_of(one)
    return found


def kept_periods(school_id: str) -> dict[str, str]:
    """Return how long the school keeps each kind of data, in the active language: one query to the warehouse."""
    return periods(RetentionPolicy.objects.filter(school_id=school_id).order_by("updated_at"))
