"""What one child's deletion does to the log's own copies: made files, kept searches, and texts in rows of the log."""

from __future__ import annotations

import json
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from audit.making.actions import delete_files
from audit.models import Making, SavedSearch
from audit.proof.erasing import MOST, erase_fields
from audit.queries.indexed import rows_of
from audit.rules.criteria import Criteria, Values
from classwaves_admin.lib.actor import ActorType, system
from classwaves_admin.warehouse.models import AuditLog
from retention.places import Leaving, Rows

__all__ = ["kept_searches", "log_texts", "made_files"]

_TEXTS = ("description", "data_accessed", "actor_id", "resource_id")
_DEVICE = ("ip_address", "user_agent")


class MadeFiles:
    """Files that were made before the child's rows were gone, and may hold them: they end at once."""

    def left(self, who: Leaving) -> int:
        """Return how many there are, those on their way included."""
        return len(self._makings(who))

    def erase(self, who: Leaving, *, now: datetime) -> int:
        """Delete the files; the log tells each."""
        return sum(delete_files(making=one, by=system("retention"), now=now) for one in self._makings(who))

    def _makings(self, who: Leaving) -> list[Making]:
        there = Making.objects.filter(ended_at=None, asked_at__lte=who.since)
        of_the_school = there.filter(Q(school_id=who.school_id) | Q(school_id=""))
        return [one for one in of_the_school.order_by("asked_at", "pk") if _may_hold(one, who)]


def _may_hold(making: Making, who: Leaving) -> bool:
    """Tell whether the child may be in a file: it is about the child, or about no one in particular."""
    if making.students and who.student_id not in making.students:
        return False
    return making.scope.allows_school(who.school_id)


def searches(who: Leaving) -> QuerySet[SavedSearch]:
    """Return the kept searches that name the child, by id or in words."""
    texts = (who.student_id, *who.texts)
    named = (Q(**{f"{column}__icontains": text}) for text in texts for column in ("text", "name"))
    return SavedSearch.objects.filter(Q(*named, _connector=Q.OR))


class LogTexts:
    """Rows of the log about the child stay; what names the child in their texts, and the child's own device, goes.

    The seals stay valid (audit/proof/erasing.py).
    """

    def left(self, who: Leaving) -> int:
        """Return how many fields hold such a text."""
        return sum(len(ids) for ids in _fields(who).values())

    def erase(self, who: Leaving, *, now: datetime) -> int:
        """Erase them. Raises NoSealKey where rows are sealed and nothing can sign."""
        erased = 0
        for column, ids in _fields(who).items():
            for start in range(0, len(ids), MOST):
                with transaction.atomic():
                    erased += erase_fields(row_ids=ids[start : start + MOST], columns=[column], now=now).rows
        return erased


def _fields(who: Leaving) -> dict[str, list[str]]:
    """Return by column the ids of rows whose field tells of the child: at most four warehouse queries."""
    about = rows_of(Criteria(wanted=Values(students=(who.student_id,))))
    found: dict[str, set[str]] = {column: set() for column in (*_TEXTS, *_DEVICE)}
    _note(found, about, _TEXTS, who.texts)
    if who.marks:  # a name may be a namesake's; an address is nobody else's, in whatever row it stands
        _note(found, AuditLog.objects.filter(school_id=who.school_id), _TEXTS, who.marks)
    doers = {"actor_type": ActorType.STUDENT.value, "actor_id__in": [who.student_id, *who.seats]}
    own = AuditLog.objects.filter(school_id=who.school_id, **doers)
    _note(found, own, _TEXTS, who.texts)
    for row_id, *values in own.values_list("pk", *_DEVICE):
        for column, value in zip(_DEVICE, values, strict=True):
            if value is not None:
                found[column].add(row_id)
    return {column: sorted(rows) for column, rows in found.items()}


def _note(
    found: dict[str, set[str]], rows: QuerySet[AuditLog], columns: tuple[str, ...], texts: tuple[str, ...]
) -> None:
    """Note which of the columns say one of the texts, as it is or as JSON writes it."""
    forms = sorted({form for text in texts for form in (text, json.dumps(text)[1:-1])})
    says = (Q(**{f"{column}__icontains": form}) for column in columns for form in forms)
    for row_id, *values in rows.filter(Q(*says, _connector=Q.OR)).values_list("pk", *columns):
        for column, value in zip(columns, values, strict=True):
            if any(form.casefold() in (value or "").casefold() for form in forms):
                found[column].add(row_id)


made_files, kept_searches, log_texts = MadeFiles(), Rows(searches), LogTexts()
