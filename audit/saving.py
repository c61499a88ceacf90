"""Keeping a search of the log under a name, sharing it, taking it away. What others come to see is logged."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from audit.models import SavedSearch
from audit.record import record_by_school
from audit.rules.sharing import Circle
from classwaves_admin.accounts.models import User
from classwaves_admin.lib.actor import Actor


def save_search(*, name: str, text: str, owner: User, circle: Circle, schools: Iterable[str], by: Actor) -> SavedSearch:
    """Keep a search under a name, shared with a circle; the owner's search of that name is written over.

    `schools` are those of who does it, in whose logs it stands.
    """
    shared = {"school_id": circle.school_id, "district_id": circle.district_id}
    with transaction.atomic():
        search, _ = SavedSearch.objects.update_or_create(owner=owner, name=name, defaults={"text": text, **shared})
        _note("saved", search, schools, by)
    return search


def change_search(*, search: SavedSearch, name: str, circle: Circle, schools: Iterable[str], by: Actor) -> None:
    """Give a search its name, and share it with a circle or with nobody any more. Each change is noted."""
    changes = ["renamed"] if search.name != name else []
    if Circle(search.school_id, search.district_id) != circle:
        changes.append("shared" if circle else "unshared")
    search.name, search.school_id, search.district_id = name, circle.school_id, circle.district_id
    with transaction.atomic():
        search.save(update_fields=["name", "school_id", "district_id"])
        for change in changes:
            _note(change, search, schools, by)


def delete_search(*, search: SavedSearch, schools: Iterable[str], by: Actor) -> None:
    """Take a search away, from everybody with whom it was shared."""
    with transaction.atomic():
        _note("deleted", search, schools, by)
        search.delete()


def _note(change: str, search: SavedSearch, schools: Iterable[str], by: Actor) -> None:
    """Record the change: never the name or the text, which may name somebody."""
    record_by_school(
        "settings.changed",
        by=by,
        concerned=dict.fromkeys([search.school_id] if search.school_id else schools, ()),
        resource=("saved_search", search.pk),
        data={"change": change, "shared": search.is_shared},
    )
