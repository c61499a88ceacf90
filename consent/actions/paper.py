"""Printed forms: makes their codes, finds a form by its code, uses a code up."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from audit.record import record
from classwaves_admin.lib.actor import Actor
from classwaves_admin.lib.tokens import keyed_hash, new_paper_code, paper_code_of
from classwaves_admin.schools.values import value
from consent.actions.notices import keep_notices
from consent.models import Guardian, PaperChild, PaperForm, PaperNotice
from consent.notices.texts import Notice


class FormSpent(Exception):
    """A code that is not good any more: the form was used, printed again, or has run out."""


@dataclass(frozen=True, slots=True, repr=False)
class Printed:
    """A form ready to be printed. The raw code is here and on the paper alone."""

    form: PaperForm
    code: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom a form is for, about which children, under which notices."""

    guardian: Guardian
    student_ids: tuple[str, ...]
    notices: tuple[Notice, ...]


def print_forms(*, wanted: Sequence[Wanted], by: Actor, now: datetime) -> list[Printed]:
    """Make a form with a fresh code for each guardian; codes of their earlier forms die. Audits for each school."""
    with transaction.atomic():
        # In one order, so that two people who print at once wait for each other.
        list(
            Guardian.objects.select_for_update()
            .filter(pk__in=[one.guardian.id for one in wanted])
            .order_by("pk")
            .values_list("pk")
        )
        printed = [_print(one, by=by, now=now) for one in wanted]
        for school_id, ids in _by_school(wanted).items():
            record(
                "report.generated",
                by=by,
                school_id=school_id,
                resource=("report", "paper_form"),
                students=ids,
                data={
                    "format": "pdf",
                    "forms": [one.form.id for one in printed if one.form.school_id == school_id],
                    "notices": sorted({n.version for one in wanted for n in one.notices if n.school_id == school_id}),
                },
                at=now,
            )
    return printed


def find_form(code: str, *, now: datetime) -> PaperForm | None:
    """Return the form in scope that a typed code opens, or None: unknown, used, printed again, run out."""
    hashed = code_hash(paper_code_of(code))
    return open_forms(now).select_related("guardian").filter(code_hash=hashed).first()


def open_forms(now: datetime) -> QuerySet[PaperForm]:
    """Return the forms in scope whose code is good."""
    return PaperForm.objects.filter(used_at=None, replaced_at=None, expires_at__gt=now)


def use_form(*, form_id: str, now: datetime) -> None:
    """Use a code up, as part of the action that records its answers. Raises FormSpent."""
    if not open_forms(now).filter(pk=form_id).update(used_at=now):
        raise FormSpent


def code_hash(code: str) -> str:
    """Return the hash under which a form's code is kept."""
    return keyed_hash(code, key=settings.TOKEN_KEY, purpose="paper")


def _print(wanted: Wanted, *, by: Actor, now: datetime) -> Printed:
    keep_notices(wanted.notices, now=now)
    PaperForm.objects.filter(guardian=wanted.guardian, used_at=None, replaced_at=None).update(replaced_at=now)
    code = new_paper_code()
    form = PaperForm.objects.create(
        school_id=wanted.guardian.school_id,
        guardian=wanted.guardian,
        language=wanted.notices[0].language,
        code_hash=code_hash(code),
        printed_by=by.id,
        printed_at=now,
        expires_at=now + timedelta(days=value(wanted.guardian.school_id, "consent.paper_days").value),
    )
    PaperChild.objects.bulk_create([PaperChild(form=form, student_id=one) for one in wanted.student_ids])
    PaperNotice.objects.bulk_create([PaperNotice(form=form, notice_id=one.version) for one in wanted.notices])
    return Printed(form, code)


def _by_school(wanted: Collection[Wanted]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in wanted:
        found.setdefault(one.guardian.school_id, set()).update(one.student_ids)
    return found
