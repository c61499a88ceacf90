"""A school's own notices: from the draft to what parents read, and whom a change asks again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

import pytest
import time_machine
from django.db import connections, transaction

from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import AuditLog, NotificationTemplate, ParentalConsent, School, Student
from consent.actions.notice_versions import EditedMeanwhile, NotFit, activate, save_draft, set_aside, write_again
from consent.actions.notices import keep_notices
from consent.models import Answer, NoticeText, NoticeVersion
from consent.models.notices import FrozenText
from consent.notices import shipped
from consent.notices.texts import Notice, written
from consent.queries.asking import whom_to_ask
from consent.queries.families import under_older_notice
from consent.queries.notice_versions import Which, concerned, desk, history, uses
from consent.queries.notices import school_facts
from consent.queries.student_record import student_record
from consent.queries.students import OLDER, Filters, student_page
from consent.rules.asking import Skip
from consent.vocabulary import ConsentType, NoticeChange
from tests.factories import catalog as make
from tests.integration.consent.conftest import ADMIN, Parent, answers_for, ask, consented, reloaded

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]

COLLEAGUE = Actor("teacher-2", ActorType.ADMIN)
AUDIO, SERVICE, SHARING = ConsentType.AUDIO, ConsentType.SERVICE, ConsentType.THIRD_PARTY
MINOR, MATERIAL = NoticeChange.MINOR, NoticeChange.MATERIAL


@pytest.fixture
def audio(school: School) -> Which:
    """Return the English notice about recording."""
    return Which(school.id, AUDIO, "en")


def save(
    which: Which,
    added: str = "",
    *,
    by: Actor = ADMIN,
    key: str | None = None,
    words: Mapping[str, str] = MappingProxyType({}),
) -> NoticeVersion:
    """Save a draft: the text on the desk with a sentence more, and other words."""
    found = desk(which)
    source = found.on_the_desk
    return save_draft(
        which=which,
        text=f"{source.text}\n{added}\n",
        words={**source.words, **words},
        note="",
        key=found.key if key is None else key,
        by=by,
        now=now(),
    )


def publish(which: Which, change: NoticeChange, added: str = "And more.", **words: str) -> NoticeVersion:
    """Save a draft and bring it into force."""
    save(which, added, words=words)
    return activate(which=which, change=change, key=desk(which).key, by=ADMIN, now=now())


def notice(which: Which) -> Notice:
    """Return the notice as parents read it."""
    found = written(school_facts(which.school_id), which.language)
    return next(one for one in found if one.consent_type is which.consent_type)


def test_without_a_text_of_its_own_a_school_uses_the_shipped_one(audio: Which) -> None:
    """Number and words are those that come with the portal."""
    assert desk(audio).active is None
    assert notice(audio).number == shipped.VERSIONS[AUDIO]
    assert notice(audio).written_from == ""


def test_a_draft_changes_nothing_that_parents_read(audio: Which) -> None:
    """Until somebody brings it into force."""
    before = notice(audio)
    save(audio, "We also weigh it.")
    assert notice(audio) == before
    assert desk(audio).number == 1


@pytest.mark.parametrize(("change", "number", "label"), [(MINOR, 1, "1.1"), (MATERIAL, 2, "2")])
def test_a_text_in_force_is_what_parents_read(audio: Which, change: NoticeChange, number: int, label: str) -> None:
    """The version names type, number, language and the text itself; other types and languages keep theirs."""
    before = written(school_facts(audio.school_id), "en")
    kept = publish(audio, change, "We keep it safe.")
    after = notice(audio)
    assert kept.label == label
    assert after.version.startswith(f"audio_recording@{number}/en/sha256:")
    assert after.version != notice_in(before).version
    assert after.text.rstrip().endswith("We keep it safe.")
    assert after.written_from == kept.pk
    others = [one for one in before if one.consent_type is not AUDIO]
    assert [one for one in written(school_facts(audio.school_id), "en") if one.consent_type is not AUDIO] == others
    assert notice(Which(audio.school_id, AUDIO, "es")).number == 1


def notice_in(notices: tuple[Notice, ...]) -> Notice:
    """Return the one about recording."""
    return next(one for one in notices if one.consent_type is AUDIO)


def test_a_schools_own_words_name_its_third_parties(school: School) -> None:
    """An item a line, with the purpose; markup of other languages stays text."""
    sharing = Which(school.id, SHARING, "en")
    publish(sharing, MATERIAL, "", partners="Gradebook Inc.: shows results\nLibrary Co.: lends books <b>free</b>")
    assert "\n- Gradebook Inc.: shows results\n- Library Co.: lends books <b>free</b>\n" in notice(sharing).text


def test_the_catalog_has_the_text_in_force(audio: Which) -> None:
    """Its name says which notice, its variables what is left to fill; the one before is not active any more."""
    first, second = publish(audio, MINOR), publish(audio, MATERIAL)
    name = f"consent_notice:{audio.school_id}:audio_recording:en"
    rows = list(NotificationTemplate.objects.filter(name=name).order_by("version"))
    assert [(row.version, row.is_active, row.channel, row.category) for row in rows] == [
        (1, False, "web", "consent_notice"),
        (2, True, "web", "consent_notice"),
    ]
    assert rows[1].variables == ["school", "keep_audio", "keep_transcripts"]
    assert "You can say no." in rows[1].body_template  # the law's sentence is filled in
    assert {one.pk: one.state for one in history(audio)} == {first.pk: "retired", second.pk: "active"}


def test_every_step_is_audited_without_words(audio: Which) -> None:
    """The log says who did what to which notice, and how many consents it concerned; it holds no text."""
    save(audio, "Secret words")
    set_aside(which=audio, key=desk(audio).key, by=ADMIN, now=now())
    publish(audio, MATERIAL, "Secret words")
    rows = AuditLog.objects.filter(event_type="settings.changed").order_by("created_at", "event_timestamp")
    found = [json.loads(row.data_accessed or "") for row in rows]
    assert sorted(one["step"] for one in found) == ["activated", "draft_saved", "draft_saved", "draft_set_aside"]
    last = next(one for one in found if one["step"] == "activated")
    assert (last["type"], last["language"], last["change"], last["number"]) == ("audio_recording", "en", "material", 2)
    assert (last["consents"], last["guardians"]) == (0, 0)
    assert "Secret" not in "".join(str(row.data_accessed) + row.description for row in rows)


@pytest.mark.parametrize(
    ("text", "words"),
    [("# No slots", {}), ("", {}), ("$refuse_recording", {})],
)
def test_a_faulty_draft_is_kept_and_cannot_come_into_force(audio: Which, text: str, words: dict[str, str]) -> None:
    """Work can be saved half done; parents never see it so."""
    save_draft(which=audio, text=text, words=words, note="", key=desk(audio).key, by=ADMIN, now=now())
    with pytest.raises(NotFit) as refused:
        activate(which=audio, change=MINOR, key=desk(audio).key, by=ADMIN, now=now())
    assert refused.value.faults
    assert desk(audio).active is None


def test_a_text_that_reads_the_same_is_no_new_version(audio: Which) -> None:
    """Nobody is asked again for nothing."""
    save(audio)
    with pytest.raises(NotFit) as refused:
        activate(which=audio, change=MATERIAL, key=desk(audio).key, by=ADMIN, now=now())
    assert refused.value.faults == ()


class TestTwoEditors:
    """Nothing of either is lost."""

    def test_the_second_is_told_and_sees_what_stands_there(self, audio: Which) -> None:
        """Their form carries the key of what they had read."""
        key = desk(audio).key
        save(audio, "Mine", key=key)
        with pytest.raises(EditedMeanwhile) as refused:
            save(audio, "Theirs", by=COLLEAGUE, key=key)
        draft = refused.value.desk.draft
        assert draft is not None
        assert draft.text.rstrip().endswith("Mine")
        assert len(history(audio)) == 1

    def test_who_replaces_a_colleagues_draft_sets_it_aside(self, audio: Which) -> None:
        """It stays in the history, word for word."""
        save(audio, "Mine")
        save(audio, "Theirs", by=COLLEAGUE)
        assert {(one.state, one.created_by, one.number) for one in history(audio)} == {
            ("draft", "teacher-2", None),
            ("retired", "teacher-1", None),
        }
        assert any(one.text.rstrip().endswith("Mine") for one in history(audio))

    def test_the_own_draft_is_written_on(self, audio: Which) -> None:
        """One row, whose revision rises; the same person in two windows is told too."""
        key = desk(audio).key
        save(audio, "One")
        save(audio, "Two")
        assert [one.revision for one in history(audio)] == [2]
        with pytest.raises(EditedMeanwhile):
            save(audio, "Three", key=key)

    def test_what_was_activated_meanwhile_is_not_gone_past(self, audio: Which) -> None:
        """Neither a draft nor an activation that rests on the text before."""
        key = desk(audio).key
        publish(audio, MINOR)
        for action in (
            lambda: save(audio, "x", key=key),
            lambda: activate(which=audio, change=MINOR, key=key, by=ADMIN, now=now()),
            lambda: set_aside(which=audio, key=key, by=ADMIN, now=now()),
            lambda: write_again(which=audio, version_id=None, key=key, by=ADMIN, now=now()),
        ):
            with pytest.raises(EditedMeanwhile):
                action()

    def test_there_must_be_a_draft_to_activate(self, audio: Which) -> None:
        """A button pressed twice activates once."""
        with pytest.raises(NoticeVersion.DoesNotExist):
            activate(which=audio, change=MINOR, key=desk(audio).key, by=ADMIN, now=now())


def test_going_back_is_a_new_version(audio: Which) -> None:
    """History only grows; to the shipped text too."""
    first = publish(audio, MATERIAL, "First.")
    publish(audio, MATERIAL, "Second.")
    write_again(which=audio, version_id=first.pk, key=desk(audio).key, by=ADMIN, now=now())
    back = activate(which=audio, change=MATERIAL, key=desk(audio).key, by=ADMIN, now=now())
    assert (back.text, back.label) == (first.text, "4")
    write_again(which=audio, version_id=None, key=desk(audio).key, by=ADMIN, now=now())
    plain = activate(which=audio, change=MATERIAL, key=desk(audio).key, by=ADMIN, now=now())
    assert (plain.text, plain.label) == (shipped.source("en", AUDIO), "5")
    assert len(history(audio)) == 4


def test_another_schools_version_cannot_be_written_again(audio: Which) -> None:
    """Nor one of another type or language."""
    other = publish(Which(audio.school_id, AUDIO, "es"), MINOR, "Y más.")
    with pytest.raises(NoticeVersion.DoesNotExist):
        write_again(which=audio, version_id=other.pk, key=desk(audio).key, by=ADMIN, now=now())


class TestConsents:
    """What a change does to the consents that were given before."""

    def test_a_material_change_asks_again_and_takes_nothing_away(
        self, school: School, child: Student, audio: Which
    ) -> None:
        """The consent stays in force for what it was given for; the student's page says that it is asked again."""
        mother = consented(school, child)
        assert dict(whom_to_ask([child.id], now()).skipped) == {Skip.ANSWERED: 1}
        touched = concerned(audio, now())
        assert (touched.consents, touched.guardians) == (1, 1)
        publish(audio, MATERIAL)
        assert list(whom_to_ask([child.id], now()).askable) == [mother.guardian]
        make.student(school=school)
        assert [row.student.id for row in student_page(Filters(notice=OLDER), cursor="", now=now()).rows] == [child.id]
        assert reloaded(child).audio_recording_consent
        record = student_record(child.id, now())
        assert {one.type: (one.status.value, one.asks_again) for one in record.types} == {
            SERVICE: ("active", False),
            AUDIO: ("active", True),
            ConsentType.AI: ("active", False),
            SHARING: ("unverified", False),
        }

    def test_a_new_wording_keeps_consents(self, school: School, child: Student, audio: Which) -> None:
        """A typo changes the digest alone."""
        consented(school, child)
        publish(audio, MINOR)
        assert dict(whom_to_ask([child.id], now()).skipped) == {Skip.ANSWERED: 1}
        assert not under_older_notice(now())
        assert not any(one.asks_again for one in student_record(child.id, now()).types)

    def test_a_refusal_stands(self, school: School, child: Student, audio: Which) -> None:
        """Who said no to recording is not asked again because recording changed."""
        consented(school, child, audio="no", ai="no")
        publish(audio, MATERIAL)
        assert dict(whom_to_ask([child.id], now()).skipped) == {Skip.ANSWERED: 1}

    def test_another_languages_text_asks_nobody(self, school: School, child: Student) -> None:
        """Who read English is not asked again because the Spanish text changed."""
        consented(school, child)
        publish(Which(school.id, AUDIO, "es"), MATERIAL, "Y más.")
        assert dict(whom_to_ask([child.id], now()).skipped) == {Skip.ANSWERED: 1}

    def test_the_new_answer_takes_the_older_ones_place(self, school: School, child: Student, audio: Which) -> None:
        """While it waits for its second step the older one counts; then the new one, and nobody is asked."""
        mother = consented(school, child)
        before = ParentalConsent.objects.get(student_id=child.id, consent_type="audio_recording")
        publish(audio, MATERIAL)
        with time_machine.travel(now() + timedelta(days=1)):
            ask(school, child)
            mother.answer(mother.link(), answers_for(child))
            assert reloaded(child).audio_recording_consent
            assert not whom_to_ask([child.id], now()).askable
            assert not under_older_notice(now())
            mother.post(mother.link("/c/v/"), {})
            before = ParentalConsent.objects.get(pk=before.pk)
            assert before.revoked_at is not None
            assert reloaded(child).audio_recording_consent
            latest = Answer.objects.filter(student_id=child.id, consent_type="audio_recording").latest("answered_at")
            assert str(latest.notice_id).startswith("audio_recording@2/en/")
            assert not any(one.asks_again for one in student_record(child.id, now()).types)

    def test_who_answered_under_which_text_is_counted(self, school: School, child: Student, audio: Which) -> None:
        """By guardian and by answer; the shipped text has no id."""
        consented(school, child)
        assert uses(school.id)["audio_recording", "en", ""] == 1
        kept = publish(audio, MATERIAL)
        ask(school, child)
        mother = Parent(Answer.objects.filter(student_id=child.id)[0].guardian)
        mother.answer(mother.link(), answers_for(child))
        assert uses(school.id)["audio_recording", "en", kept.pk] == 1

    def test_a_kept_notice_reads_as_it_was_shown_after_every_later_edit(
        self, school: School, child: Student, audio: Which
    ) -> None:
        """The answer names one text for ever, whatever becomes of the notice, the school's name and its policies."""
        consented(school, child)
        answer = Answer.objects.get(student_id=child.id, consent_type="audio_recording")
        shown = notice(audio)
        assert answer.notice_id == shown.version
        publish(audio, MINOR, "Other wording.")
        publish(audio, MATERIAL, "Other meaning.")
        rename(school, "Another Name")
        kept = NoticeText.objects.get(pk=answer.notice_id)
        assert (kept.text, kept.title) == (shown.text, shown.title)
        assert "Another Name" in notice(audio).text
        assert NotificationTemplate.objects.get(name=answer.notice_id).body_template == shown.text


def rename(school: School, name: str) -> None:
    """Change the school's name as another service would."""
    with guard.writing(), connections["warehouse"].cursor() as cursor:
        cursor.execute('UPDATE "users.schools" SET name = %s WHERE id = %s', [name, school.id])


def test_another_text_under_a_used_version_is_refused(school: School) -> None:
    """Twelve digits can be made to meet: what was shown first is never passed off as what was shown later."""
    first = notice(Which(school.id, AUDIO, "en"))
    other = Notice(first.version, school.id, AUDIO, "en", first.title, "Something else")
    with transaction.atomic():
        keep_notices([first], now=now())
    with pytest.raises(FrozenText), transaction.atomic():
        keep_notices([other], now=now())
