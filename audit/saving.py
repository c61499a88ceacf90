"""Keeping a search of the log under a name, sharing it, taking it away. What others come to see is logged."""

from __future__ import annotations

from django.db import transaction

from audit.models import SavedSearch
from audit.record import record
from classwaves_admin.accounts.models import User
from classwaves_admin.lib.actor import Actor


def save_search(*, name: str, text: str, owner: User, school_id: str, by: Actor) -> SavedSearch:
    """Keep a search under a name; the owner's search of that name is written over. With a school it is shared."""
    with transaction.atomic():
        search, _ = SavedSearch.objects.update_or_create(
            owner=owner, name=name, defaults={"text": text, "school_id": school_id}
        )
        _note("saved", search, by)
    return search


def rename_search(*, search: SavedSearch, name: str, by: Actor) -> None:
    """Give a search another name."""
    with transaction.atomic():
        search.name = name
        search.save(update_fields=["name"])
        _note("renamed", search, by)


def delete_search(*, search: SavedSearch, by: Actor) -> None:
    """Take a search away, from everybody with whom it was shared."""
    with transaction.atomic():
        _note("deleted", search, by)
        search.delete()


def _note(change: str, search: SavedSearch, by: Actor) -> None:
    """Record the change: never the name or the text, which may name somebody."""
    record(
        "settings.changed",
        by=by,
        school_id=search.school_id or None,
        resource=("saved_search", search.pk),
        data={"change": change, "shared": bool(search.school_id)},
    )
