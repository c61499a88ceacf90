"""What a school's notices are written from."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.core.cache import cache
from django.db.models import IntegerField, Value
from django.db.models.functions import Cast

from classwaves_admin.schools.values import values
from classwaves_admin.warehouse.fields import StringField, TimestampField
from classwaves_admin.warehouse.models import CoppaCompliance, RetentionPolicy, School
from consent.models import NoticeVersion
from consent.notices import shipped
from consent.notices.kept import Stated, kept_days
from consent.notices.periods import in_slots
from consent.notices.texts import SchoolFacts, Source
from consent.rules.notices import Numbers
from consent.vocabulary import ASKED_TYPES, NoticeState

# Seconds for which a school's periods and its address are remembered.
REMEMBERED = 600
# What a row of the union is about, beside kinds of data.
_UNDER_13 = "children under 13"


def school_facts(school_id: str) -> SchoolFacts:
    """Return what a school's notices are written from: one query to the warehouse. Raises School.DoesNotExist."""
    try:
        return facts_of_schools([school_id])[school_id]
    except KeyError:
        raise School.DoesNotExist("There is no such school.") from None


def facts_of_schools(school_ids: Collection[str]) -> dict[str, SchoolFacts]:
    """Return what the notices of these schools in scope are written from, by id.

    One query to the warehouse: a union of schools, their policies, and whether they have children under 13. Of a school
    its id, name and contact address are read alone. Where a district has set periods, one more query now and then.
    """
    ids = list(school_ids)
    nothing, no_number = Value(None, output_field=StringField()), Cast(Value(None), IntegerField())
    schools = School.objects.filter(id__in=ids).order_by()
    policies = RetentionPolicy.objects.filter(school_id__in=ids).order_by()
    children = CoppaCompliance.objects.filter(school_id__in=ids, is_under_13=True).order_by()
    found = schools.values_list("id", "name", "admin_email", *[no_number] * 3, "updated_at").union(
        policies.values_list(
            "school_id",
            "policy_type",
            "id",
            "archive_after_days",
            "retention_days",
            "delete_after_days",
            "updated_at",
        ),
        children.values_list(
            "school_id",
            Value(_UNDER_13),
            nothing,
            no_number,
            Value(0, output_field=IntegerField()),
            no_number,
            Cast(Value(None), TimestampField()),
        ).distinct(),
        all=True,
    )
    known: dict[str, School] = {}
    stated: dict[str, Stated] = {school_id: Stated() for school_id in ids}
    for school_id, name, email_or_id, archive, days, delete_after, updated_at in found:
        if days is None:
            known[school_id] = School(id=school_id, name=name, admin_email=email_or_id)
        elif name == _UNDER_13:
            stated[school_id].under_13 = True
        else:
            stated[school_id].policies.append(
                RetentionPolicy(
                    id=email_or_id,
                    policy_type=name,
                    archive_after_days=archive,
                    retention_days=days,
                    delete_after_days=delete_after,
                    updated_at=updated_at,
                )
            )
    kept, own = kept_days(stated), _own_texts(known)
    days = values(known, "consent.invitation_days")
    return {
        school_id: SchoolFacts(school, kept[school_id], own.get(school_id, {}), days[school_id].value)
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
    """Return how long the school keeps each kind of data, in the active language.

    At most one query to the warehouse, none for what is remembered: the page that shows it beside a guardian's own
    answers has asked three times already, and periods change about once a year.
    """
    return in_slots(cache.get_or_set(f"kept-days:{school_id}", lambda: school_facts(school_id).days, REMEMBERED) or {})


def contact_of(school_id: str) -> str:
    """Return the address of a school's office, empty where it has none. At most one query to the warehouse."""
    return cache.get_or_set(f"contact:{school_id}", lambda: _contact(school_id), REMEMBERED) or ""


def _contact(school_id: str) -> str:
    return School.objects.filter(id=school_id).values_list("admin_email", flat=True).first() or ""
