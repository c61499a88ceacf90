"""What a school's notices are written from."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from django.core.cache import cache
from django.db.models import IntegerField, Value
from django.db.models.functions import Cast

from classwaves_admin.warehouse.fields import StringField
from classwaves_admin.warehouse.models import RetentionPolicy, School
from consent.models import NoticeVersion
from consent.notices import shipped
from consent.notices.periods import in_slots
from consent.notices.texts import SchoolFacts, Source
from consent.rules.notices import Numbers
from consent.vocabulary import ASKED_TYPES, NoticeState

# Seconds for which a school's periods are remembered.
REMEMBERED = 600


def school_facts(school_id: str) -> SchoolFacts:
    """Return what a school's notices are written from: one query to the warehouse. Raises School.DoesNotExist."""
    try:
        return facts_of_schools([school_id])[school_id]
    except KeyError:
        raise School.DoesNotExist("There is no such school.") from None


def facts_of_schools(school_ids: Collection[str]) -> dict[str, SchoolFacts]:
    """Return what the notices of these schools in scope are written from, by id. One query to the warehouse.

    A union of schools and their policies. Of a school its id, name and contact address are read alone.
    """
    ids = list(school_ids)
    nothing, no_number = Value(None, output_field=StringField()), Cast(Value(None), IntegerField())
    schools = School.objects.filter(id__in=ids).order_by()
    policies = RetentionPolicy.objects.filter(school_id__in=ids).order_by()
    union = schools.values_list("id", "name", "admin_email", no_number, no_number, "updated_at").union(
        policies.values_list("school_id", "policy_type", nothing, "retention_days", "delete_after_days", "updated_at"),
        all=True,
    )
    known: dict[str, School] = {}
    kept: dict[str, list[RetentionPolicy]] = {}
    for school_id, name, email, days, delete_after, updated_at in union:
        if days is None:
            known[school_id] = School(id=school_id, name=name, admin_email=email)
        else:
            policy = RetentionPolicy(
                policy_type=name, retention_days=days, delete_after_days=delete_after, updated_at=updated_at
            )
            kept.setdefault(school_id, []).append(policy)
    own = _own_texts(known)
    return {
        school_id: SchoolFacts(school, _in_order(kept.get(school_id, [])), own.get(school_id, {}))
        for school_id, school in known.items()
    }


def _in_order(policies: Iterable[RetentionPolicy]) -> tuple[RetentionPolicy, ...]:
    """Return policies by the time of their last change: of two for the same data the later one counts."""
    return tuple(sorted(policies, key=lambda policy: policy.updated_at))


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
    """Return how long the school keeps each kind of data, in the active language.

    At most one query to the warehouse, none for what is remembered: the page that shows it beside a guardian's own
    answers has asked three times already, and periods change about once a year.
    """
    return in_slots(cache.get_or_set(f"kept-days:{school_id}", lambda: _kept_days(school_id), REMEMBERED) or {})


def _kept_days(school_id: str) -> dict[str, int]:
    rows = RetentionPolicy.objects.filter(school_id=school_id).order_by("updated_at")
    return {row.policy_type: row.delete_after_days or row.retention_days for row in rows}
