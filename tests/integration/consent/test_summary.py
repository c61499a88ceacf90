"""The summary before sending: everything once more, nothing stored, nothing lost."""

from __future__ import annotations

import pytest

from classwaves_admin.warehouse.models import ParentalConsent, School, Student
from consent.models import Answer, Invitation
from consent.vocabulary import ConsentType
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import Parent, answers_for, ask, field_of, hidden

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]


def test_the_summary_says_each_answer_and_what_it_leads_to(school: School, child: Student) -> None:
    """Each child with each answer in words, the school's own periods, the partners and the signature."""
    make.retention_policy(school=school, policy_type="audio_recordings", retention_days=14, delete_after_days=14)
    brother = make.student(school=school, display_name="Leo Lopez")
    parent = Parent(families.guardian(child, brother, name="María López"))
    ask(school, child, brother)
    said = answers_for(child) | answers_for(brother, service="no", audio="", ai="", third_party="")
    page = parent.check(parent.link(), said)
    text = page.content.decode()
    assert page.status_code == 200
    assert "We keep recordings for 14 days" in text
    assert "Nothing is shared before that." in text
    assert "such as the gradebook" in text
    for words in ("nothing about Leo", "The voice of Leo is not recorded", "No AI looks at what Leo says"):
        assert words in text
    assert "María López" in text
    assert "Mother" in text


def test_nothing_is_stored_before_the_answers_are_sent(school: School, child: Student) -> None:
    """The summary keeps no answer anywhere: a parent who closes it has said nothing."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    summary = parent.check(parent.link(), answers_for(child))
    assert "step" in hidden(summary)
    assert not ParentalConsent.objects.exists()
    assert not Answer.objects.exists()
    assert Invitation.objects.get().answered_at is None
    assert parent.send(parent.link(), summary).status_code == 302
    assert ParentalConsent.objects.count() == 4


def test_change_something_leads_back_with_everything_kept(school: School, child: Student) -> None:
    """Answers, name and relationship stand in the form again, and the form is not told off."""
    parent = Parent(families.guardian(child, name="Zoë <b>"))
    ask(school, child)
    summary = parent.check(parent.link(), answers_for(child, third_party="no"))
    page = parent.browser.post(parent.link(), hidden(summary) | {"change": "yes"})
    text = page.content.decode()
    assert page.status_code == 200
    assert text.count(" checked") == 4
    assert 'value="Zoë &lt;b&gt;"' in text
    assert "usa-error-message" not in text
    assert not Answer.objects.exists()


def test_the_language_switch_keeps_the_summary(school: School, child: Student) -> None:
    """The summary comes in Spanish with the same answers; the record names the notice that was read."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    summary = parent.check(parent.link(), answers_for(child, third_party="no"))
    spanish = parent.browser.post(parent.link(), hidden(summary) | {"language": "es"})
    assert "Revise antes de enviar" in spanish.content.decode()
    assert "30 días" in spanish.content.decode()
    assert "months" not in spanish.content.decode()
    carried = {name: value for name, value in hidden(spanish).items() if name.partition("-")[0] in set(ConsentType)}
    assert carried == {name: value for name, value in hidden(summary).items() if name in carried}
    assert len(carried) == 4
    thanks = parent.send(parent.link(), spanish, follow=True)
    assert "Falta un paso" in thanks.content.decode()
    assert {row.consent_text_version.split("/")[1] for row in ParentalConsent.objects.all()} == {"en"}
    assert parent.letters()[-1].subject == "Confirme sus respuestas para Ana"


def test_a_notice_that_changed_after_the_summary_is_read_again(school: School, child: Student) -> None:
    """What is sent is checked again against the notice of this moment."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    summary = parent.check(parent.link(), answers_for(child))
    make.retention_policy(school=school, policy_type="audio_recordings", retention_days=14, delete_after_days=14)
    for language in ("en", "es"):
        again = parent.send(parent.link(), summary, {"lang": language})
        assert again.status_code == 422
        assert again.content.decode().count(" checked") == 4
        assert "14 d" in again.content.decode()
    assert not Answer.objects.exists()


@pytest.mark.parametrize(
    ("tampered", "value"),
    [("signer_name", ""), ("relationship", "self"), ("service", "maybe"), ("service", "no"), ("shown", "0" * 16)],
)
def test_hidden_fields_are_checked_like_typed_ones(school: School, child: Student, tampered: str, value: str) -> None:
    """Nobody gets past the form by changing what the summary carries."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    summary = parent.check(parent.link(), answers_for(child))
    name = field_of(ConsentType.SERVICE, child) if tampered == "service" else tampered
    assert parent.send(parent.link(), summary, {name: value}).status_code == 422
    assert not Answer.objects.exists()


def test_a_foreign_child_in_the_hidden_fields_is_not_answered_for(school: School, child: Student) -> None:
    """Fields of a child who is not on the page count for nothing."""
    stranger = make.student(school=school, display_name="Kim Stranger")
    families.guardian(stranger)
    parent = Parent(families.guardian(child))
    ask(school, child)
    summary = parent.check(parent.link(), answers_for(child))
    parent.send(parent.link(), summary, answers_for(stranger))
    assert set(Answer.objects.values_list("student_id", flat=True)) == {child.id}


def test_the_first_screen_says_what_is_recorded_for_how_long_and_who_sees_it(school: School, child: Student) -> None:
    """The periods are the school's own, and companies and partners stand as the notice has them."""
    make.retention_policy(school=school, policy_type="audio_recordings", retention_days=21, delete_after_days=21)
    parent = Parent(families.guardian(child))
    ask(school, child)
    short = parent.get(parent.link()).content.decode().partition('class="cw-short"')[2].partition("</section>")[0]
    for words in ("voice in group work", "voice recordings: 21 days", "(hosting)", "such as the gradebook"):
        assert words in short
