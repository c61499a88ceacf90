"""What was shown is never changed, and nothing of one school is seen in another."""

from __future__ import annotations

import pytest
from django_scopes.exceptions import ScopeError

from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import Scope, inside
from consent.models import Answer, Guardian, Guardianship, Invitation, NoticeText
from consent.models.notices import FrozenText
from tests.factories import catalog as make
from tests.factories import families

pytestmark = pytest.mark.django_db(databases=["default", "warehouse"])


@pytest.fixture
def notice() -> NoticeText:
    """Save one notice."""
    return NoticeText.objects.create(
        version="audio_recording@1/en/sha256:0123456789ab",
        school_id="school-1",
        consent_type="audio_recording",
        language="en",
        title="Recording",
        text="We record.",
    )


def test_a_notice_that_was_shown_cannot_be_changed(notice: NoticeText) -> None:
    """Neither by its row nor by a query, and a second one under its version is refused too."""
    notice.text = "We do not record."
    with pytest.raises(FrozenText):
        notice.save()
    with pytest.raises(FrozenText):
        notice.delete()
    with pytest.raises(FrozenText):
        NoticeText.objects.update(text="x")
    with pytest.raises(FrozenText):
        NoticeText.objects.filter(pk=notice.pk).delete()
    assert NoticeText.objects.get().text == "We record."


@pytest.mark.parametrize("model", [Guardian, Guardianship, Invitation, Answer])
def test_a_query_outside_a_scope_fails(model: type[Guardian]) -> None:
    """A forgotten scope raises instead of showing every school's families."""
    with pytest.raises(ScopeError):
        model.objects.count()


def test_a_scope_shows_its_own_schools_families() -> None:
    """Guardians of another school are not found."""
    ours, theirs = make.student(), make.student()
    mine, _ = families.guardian(ours), families.guardian(theirs)
    with inside(Scope(schools=(ours.school_id,))):
        assert [one.pk for one in Guardian.objects.all()] == [mine.pk]
        assert [one.student_id for one in Guardianship.objects.all()] == [ours.id]
        assert not Invitation.objects.filter(created_at__lte=now()).exists()
