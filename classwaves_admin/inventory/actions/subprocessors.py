"""Keeps the list of subprocessors, each change with what it said before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from audit.record import record
from classwaves_admin.inventory.models import Subprocessor, SubprocessorChange
from classwaves_admin.inventory.queries.subprocessors import said_by
from classwaves_admin.inventory.rules.subprocessors import changed, fingerprint
from classwaves_admin.lib.actor import Actor

__all__ = ["Conflict", "add_subprocessor", "change_subprocessor"]


class Conflict(Exception):
    """Somebody else has changed the entry since it was read."""


def add_subprocessor(*, says: Mapping[str, Any], by: Actor, now: datetime) -> Subprocessor:
    """Put a company on the list. `says` are the fields of the form."""
    with transaction.atomic():
        entry = Subprocessor.objects.create(**says, created_at=now, updated_at=now)
        _note(entry, {}, "", by, now)
    return entry


def change_subprocessor(
    *, subprocessor_id: str, seen: str, says: Mapping[str, Any], reason: str, by: Actor, now: datetime
) -> Subprocessor:
    """Change an entry that says what was seen. An entry is never deleted: it ends.

    Raises Conflict where it says something else by now, and Subprocessor.DoesNotExist.
    """
    with transaction.atomic():
        entry = Subprocessor.objects.select_for_update().get(pk=subprocessor_id)
        before = said_by(entry)
        if fingerprint(before) != seen:
            raise Conflict
        for name, value in says.items():
            setattr(entry, name, value)
        if changed(before, said_by(entry)):
            entry.updated_at = now
            entry.save()
            _note(entry, before, reason, by, now)
    return entry


def _note(entry: Subprocessor, before: dict[str, Any], reason: str, by: Actor, now: datetime) -> None:
    after = said_by(entry)
    SubprocessorChange.objects.create(
        subprocessor=entry, made_at=now, made_by=by.id, reason=reason, before=before, after=after
    )
    record(
        "settings.changed",
        by=by,
        school_id=None,
        resource=("subprocessor", entry.pk),
        data={"fields": changed(before, after), "is_new": not before},
        at=now,
    )
