"""What people do with a school's row: make it in a district, edit it, sign for it and take that back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.schools.districts.placing import place
from classwaves_admin.schools.edited import EditedMeanwhile, changes_of, held, held_as_seen, told
from classwaves_admin.schools.models import Agreement, SchoolStatement
from classwaves_admin.schools.profile.agreements import FLAGS, Text
from classwaves_admin.schools.profile.queries import newest_statements
from classwaves_admin.warehouse.models import District, School
from classwaves_admin.warehouse.outbox import gateway

__all__ = ["FIELDS", "Signature", "create_school", "edit_school", "sign", "take_back"]

# What the form holds; a change of any other column is no conflict.
FIELDS = (
    "name",
    "domain",
    "admin_email",
    "google_workspace_id",
    "subscription_tier",
    "subscription_status",
    "max_teachers",
    "subscription_start_date",
    "subscription_end_date",
    "trial_ends_at",
    "stripe_customer_id",
)
EVENT = "school.changed"
# What a school has until somebody who may says otherwise. Agreements are not claimed: the school signs them.
NEW: dict[str, Any] = {
    "subscription_tier": "free",
    "subscription_status": "trial",
    "max_teachers": 200,
    "ferpa_agreement": False,
    "coppa_compliant": False,
    "current_teachers": 0,
}


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs for a school, as typed: name, title, and the day."""

    name: str
    title: str
    signed_on: date


def create_school(
    *, district: District, values: Mapping[str, Any], retention_days: int, by: Actor, now: datetime
) -> School:
    """Make a school in a district, and return it. `retention_days` is how long the last of its data would stay."""
    school = School(**NEW | dict(values), data_retention_days=retention_days, created_at=now, updated_at=now)
    with transaction.atomic():
        gateway.insert(school)
        place(school.pk, district.pk, now=now)
        data = {"step": "created", "district": district.pk, "domain": school.domain, "tier": school.subscription_tier}
        record(EVENT, by=by, school_id=school.pk, resource=("school", school.pk), data=data, at=now)
    return school


def edit_school(*, school: School, values: Mapping[str, Any], seen: str, by: Actor, now: datetime) -> list[str]:
    """Change columns of a school and return the names of those that are different now.

    `seen` is the fingerprint of FIELDS as the form showed them. Raises EditedMeanwhile and OnItsWay, with nothing
    written.
    """
    with transaction.atomic():
        held_as_seen(school, FIELDS, seen)
        changes = changes_of(school, values)
        if changes:
            gateway.update(School, school.pk, **changes, updated_at=now)
            _record(school, {"step": "edited", **told(school, changes)}, by, now)
    return sorted(changes)


def sign(*, school: School, text: Text, signature: Signature, seen: str, by: Actor, now: datetime) -> SchoolStatement:
    """Keep that an official has signed, then raise the flag of the catalog, last of all.

    `seen` is the id of the newest statement as the page showed it, empty for none. Raises EditedMeanwhile and OnItsWay.
    """
    with transaction.atomic():
        _hold(school, text.kind, seen)
        words = {"signs": True, "version": text.version, "text": text.words}
        statement = _keep(school, text.kind, signature, words, by, now)
        _record(school, _said(statement, "signed"), by, now)
        gateway.update(School, school.pk, **{FLAGS[text.kind.value]: True}, updated_at=now)
    return statement


def take_back(
    *, school: School, kind: Agreement, signature: Signature, reason: str, seen: str, by: Actor, now: datetime
) -> SchoolStatement:
    """Lower the flag of the catalog, first of all, and keep the statement that takes the agreement back.

    The reason is the person's own words and stays in the portal. Raises as `sign`.
    """
    with transaction.atomic():
        newest = _hold(school, kind, seen)
        gateway.update(School, school.pk, **{FLAGS[kind.value]: False}, updated_at=now)
        words = {"signs": False, "version": newest.version if newest else "", "text": reason}
        statement = _keep(school, kind, signature, words, by, now)
        _record(school, _said(statement, "taken_back"), by, now)
    return statement


def _hold(school: School, kind: Agreement, seen: str) -> SchoolStatement | None:
    held(school)
    newest = newest_statements(school.pk).get(kind.value)
    if (newest.pk if newest else "") != seen:
        raise EditedMeanwhile(newest)
    return newest


def _keep(
    school: School, kind: Agreement, signature: Signature, words: Mapping[str, Any], by: Actor, now: datetime
) -> SchoolStatement:
    return SchoolStatement.objects.create(
        school_id=school.pk,
        kind=kind.value,
        signer_name=signature.name,
        signer_title=signature.title,
        signed_on=signature.signed_on,
        made_by=by.id,
        made_at=now,
        **words,
    )


def _said(statement: SchoolStatement, step: str) -> dict[str, Any]:
    flag = FLAGS[statement.kind]
    return {
        "step": step,
        "agreement": statement.kind,
        "version": statement.version,
        "statement": statement.pk,
        "signed_on": statement.signed_on.isoformat(),
        "after": {flag: statement.signs},
    }


def _record(school: School, data: dict[str, Any], by: Actor, now: datetime) -> None:
    record(EVENT, by=by, school_id=school.pk, resource=("school", school.pk), data=data, at=now)
