"""The texts that a school writes: what was in force is never changed, and a school sees its own alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django_scopes.exceptions import ScopeError

from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import Scope, inside, system_scope
from consent.models import NoticeVersion
from consent.models.notices import FrozenText

pytestmark = pytest.mark.django_db(databases=["default"])


def version(state: str = "draft", **given: Any) -> NoticeVersion:
    """Save a version of one notice of one school."""
    values: dict[str, Any] = {
        "school_id": "school-1",
        "consent_type": "audio_recording",
        "language": "en",
        "text": "# We record",
    }
    if state != "draft":
        values |= {"number": 2, "wording": 0, "activated_at": now()}
    with system_scope(reason="test"):
        return NoticeVersion.objects.create(**(values | {"state": state, "created_by": "t-1"} | given))


def text_of(pk: str) -> str:
    """Return the text that the database holds."""
    with system_scope(reason="test"):
        return NoticeVersion.objects.get(pk=pk).text


def test_a_draft_can_be_changed() -> None:
    """Until it is in force, by its row and by a query."""
    draft = version()
    draft.text = "# Other"
    draft.save()
    assert text_of(draft.pk) == "# Other"
    with system_scope(reason="test"):
        NoticeVersion.objects.filter(pk=draft.pk).update(text="# Third")
    assert text_of(draft.pk) == "# Third"


@pytest.mark.parametrize("state", ["active", "retired"])
def test_what_was_in_force_is_frozen(state: str) -> None:
    """Not by its row, nor a query, nor in bulk, nor by a copy that was loaded while it was a draft."""
    kept = version(state)
    kept.text = "# Changed"
    with pytest.raises(FrozenText):
        kept.save()
    kept.state = "draft"  # saying so does not make it one
    with pytest.raises(FrozenText):
        kept.save()
    with pytest.raises(FrozenText):
        kept.delete()
    with system_scope(reason="test"):
        with pytest.raises(FrozenText):
            NoticeVersion.objects.filter(pk=kept.pk).update(text="# Changed")
        with pytest.raises(FrozenText), transaction.atomic():
            NoticeVersion.objects.bulk_update([kept], ["text"])
        with pytest.raises(FrozenText):
            NoticeVersion.objects.filter(pk=kept.pk).delete()
    assert text_of(kept.pk) == "# We record"


def test_an_old_copy_of_a_draft_cannot_change_what_came_into_force() -> None:
    """The database is asked, not the copy."""
    draft = version()
    with system_scope(reason="test"):
        copy = NoticeVersion.objects.get(pk=draft.pk)
    draft.state, draft.number, draft.wording, draft.activated_at = "active", 2, 0, now()
    draft.save()
    copy.text = "# Changed"
    with pytest.raises(FrozenText):
        copy.save()
    assert text_of(draft.pk) == "# We record"


def test_a_draft_is_set_aside_and_never_deleted() -> None:
    """Nobody's work is lost; its end is the one change that the past takes."""
    draft = version()
    with pytest.raises(FrozenText):
        draft.delete()
    draft.retire(now())
    assert (draft.state, text_of(draft.pk)) == ("retired", "# We record")


@pytest.mark.parametrize("state", ["draft", "active"])
def test_there_is_one_draft_and_one_in_force(state: str) -> None:
    """For each school, type and language; the past holds as many as there were."""
    version(state)
    with pytest.raises(IntegrityError), transaction.atomic():
        version(state, number=9, activated_at=now())
    version(state, language="es")
    version(state, school_id="school-2")
    version("retired", number=7)
    version("retired", number=8)


def test_a_number_is_given_once() -> None:
    """Version 2 of a notice is one text for ever."""
    version("retired")
    with pytest.raises(IntegrityError), transaction.atomic():
        version("active")
    version("active", wording=1)


def test_what_is_in_force_has_a_number() -> None:
    """The database refuses a text in force that nobody could name."""
    with pytest.raises(IntegrityError), transaction.atomic():
        version("active", number=None)


def test_versions_are_called_by_number_and_wording() -> None:
    """A draft has neither."""
    assert str(version().label) == "draft"
    assert version("retired", number=3).label == "3"
    assert version("retired", number=3, wording=2).label == "3.2"


def test_a_school_sees_its_own_texts_alone() -> None:
    """And a query without a scope fails."""
    mine, _ = version(), version(school_id="school-2")
    with inside(Scope(schools=("school-1",))):
        assert [one.pk for one in NoticeVersion.objects.all()] == [mine.pk]
    with pytest.raises(ScopeError):
        NoticeVersion.objects.count()
