"""The sample is the same for everyone, whole in itself, and true to the rules of consent."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from django.db import models

from audit.events import EVENTS
from classwaves_admin.portal.sample.audio import silence
from classwaves_admin.portal.sample.make import Sample, make_sample
from classwaves_admin.portal.sample.plans import plans
from classwaves_admin.warehouse.models import (
    ClassroomSession,
    GroupMetrics,
    Participant,
    Recording,
    School,
    SchoolSetting,
    Student,
    StudentMetrics,
    Transcription,
)
from classwaves_admin.warehouse.models._base import CatalogModel
from classwaves_admin.warehouse.outbox import codec
from consent.rules.effective import Effective, effective_all
from consent.rules.flags import flags_for
from consent.rules.gate import group_may_be_recorded
from consent.rules.status import row_status
from consent.vocabulary import ConsentType, EffectiveStatus, RowStatus

NOW = datetime(2025, 11, 18, 16, tzinfo=UTC)
DAYS = [NOW, datetime(2026, 1, 2, 9, tzinfo=UTC), datetime(2026, 5, 31, 23, 59, tzinfo=UTC)]


@cache
def sample(now: datetime = NOW, seed: int = 2026) -> Sample:
    """Return the sample, made once for all tests of a process. Tests only look at it."""
    return make_sample(now, seed)


def rows(model: type[CatalogModel], made: Sample | None = None) -> list[Any]:
    """Return the sample's rows of one table."""
    return [row for row in (made or sample()).catalog if type(row) is model]


def answers(made: Sample, now: datetime) -> dict[str, dict[ConsentType, Effective]]:
    """Return the effective answers of every student."""
    about = made.records._about
    return {
        child.id: effective_all(made.records.rows(child.id), about[child.id], now)
        for family in made.families
        for child in family.children
    }


def encoded(made: Sample) -> list[Any]:
    """Return every row as plain values, with what `default` keeps."""
    catalog = [codec.encode(type(row), codec.row_values(row)) for row in made.catalog]
    kept: list[models.Model] = [*made.ledger.invitations, *made.ledger.answers, *made.ledger.asked_about]
    kept += [row for family in made.families for row in (*family.guardians, *family.ties)]
    plain = [{field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields} for row in kept]
    return [*catalog, *plain, *made.chronicle.events]


def test_the_same_seed_and_moment_give_the_same_sample() -> None:
    """Two machines load the same rows, to the last id and sentence."""
    assert encoded(make_sample(NOW, 2026)) == encoded(sample())


def test_another_seed_gives_another_sample() -> None:
    """No id is shared between two seeds."""
    assert not {row.pk for row in sample().catalog} & {row.pk for row in make_sample(NOW, 7).catalog}


def test_the_counts_are_those_of_a_small_district() -> None:
    """Three schools in two time zones, 300 students, staff of every role, lessons with talk."""
    counts = Counter(type(row).__name__ for row in sample().catalog)
    assert counts["School"] == 3
    assert counts["Student"] == counts["CoppaCompliance"] == 300
    assert {row.setting_value for row in rows(SchoolSetting) if row.setting_key == "timezone"} == {
        "America/Chicago",
        "America/Denver",
    }
    assert counts["ClassroomSession"] >= 40
    assert counts["Transcription"] >= 400
    assert len(sample().chronicle.events) > 2000
    # notifications.templates and the audit log are written while loading.
    assert len(counts) == 25


@pytest.mark.parametrize("now", DAYS, ids=str)
def test_every_state_of_consent_is_there(now: datetime) -> None:
    """Each status of a row, each effective status, and an active school authorisation, in any season."""
    made = sample(now)
    found = answers(made, now)
    facts = [row for child in found for row in made.records.rows(child)]
    assert {row_status(row, now) for row in facts} == set(RowStatus)
    assert {answer[ConsentType.SERVICE].status for answer in found.values()} == set(EffectiveStatus)
    assert any(answer[ConsentType.SCHOOL_AUTHORIZATION].active for answer in found.values())
    assert any(row.restricted for row in facts)
    active = [row for row in facts if row_status(row, now) is RowStatus.ACTIVE]
    assert any(row.expires_at and row.expires_at < now + timedelta(days=30) for row in active)


@pytest.mark.parametrize("now", DAYS, ids=str)
def test_flags_follow_from_the_consents(now: datetime) -> None:
    """What a student's row says is what the rules say."""
    made = sample(now)
    for family in made.families:
        for child in family.children:
            flags = flags_for(made.records.rows(child.id), made.records._about[child.id], now).columns()
            assert {name: getattr(child.student, name) for name in flags} == flags


@pytest.mark.parametrize("now", DAYS, ids=str)
def test_nothing_of_the_past_lies_in_the_future(now: datetime) -> None:
    """Only planned lessons, expiries and the end of data lie ahead."""
    ahead = {"expires_at", "scheduled_start", "data_retention_date", "subscription_end_date"}
    made = sample(now)
    late = {
        (type(row).__name__, field.attname)
        for row in [*made.catalog, *made.ledger.invitations, *made.ledger.answers]
        for field in row._meta.concrete_fields
        if isinstance(value := getattr(row, field.attname), datetime) and value > now and field.attname not in ahead
    }
    assert late == set()
    assert all(event.at <= now for event in made.chronicle.events)


def test_no_reference_dangles() -> None:
    """Every id that names a row of another table finds it, and every id is its own."""
    ids: dict[type[models.Model], set[str]] = defaultdict(set)
    for row in sample().catalog:
        assert row.pk not in ids[type(row)]
        ids[type(row)].add(row.pk)
    for row in sample().catalog:
        for field in row._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and (value := getattr(row, field.attname)) is not None:
                assert value in ids[field.related_model], f"{type(row).__name__}.{field.attname}"
    speakers = {row.id for row in rows(Participant)} | {
        row.pk for row in sample().catalog if row._meta.db_table == "users.teachers"
    }
    assert {row.speaker_id for row in rows(Transcription)} <= speakers
    students = ids[Student]
    assert all(set(event.students) <= students for event in sample().chronicle.events)


def test_every_value_fits_its_column() -> None:
    """The gateway takes every row."""
    for row in sample().catalog:
        codec.encode(type(row), codec.row_values(row))


def test_a_group_is_recorded_only_where_every_child_may_be() -> None:
    """One child without consent at the time of the lesson keeps the whole group silent."""
    made = sample()
    recorded = {row.group_id for row in (*rows(Recording), *rows(Transcription))}
    seen = 0
    for meeting in made.meetings:
        for table in meeting.tables:
            if table.group.id in recorded:
                seen += 1
                allowed = [made.records.recordable(child.id, meeting.start) for child in table.children]
                assert group_may_be_recorded(allowed)
    assert seen > 20
    assert any(not table.recordable for meeting in made.meetings for table in meeting.tables)


def test_only_groups_with_consent_to_analysis_are_analysed() -> None:
    """Metrics of groups and students stand on `ai_analysis` of every member."""
    made = sample()
    analysed = {row.group_id for row in rows(GroupMetrics)}
    group_of = {row.id: row.group_id for row in rows(Participant)}
    assert {group_of[row.participant_id] for row in rows(StudentMetrics)} == analysed
    for meeting in made.meetings:
        for table in meeting.tables:
            if table.group.id in analysed:
                assert all(made.records.analysable(child.id, meeting.start) for child in table.children)


def test_families_are_of_many_kinds() -> None:
    """Siblings share a guardian, many families have two, some live at two schools."""
    families = sample().families
    assert sum(len(family.children) > 1 for family in families) > 20
    assert sum(family.two for family in families) > 80
    schools_of: dict[str, set[str]] = defaultdict(set)
    for family in families:
        if family.guardians[0].email:
            schools_of[family.guardians[0].email].add(family.place.school.id)
    assert any(len(schools) > 1 for schools in schools_of.values())
    assert any(not family.guardians[0].email for family in families)


def test_names_come_in_many_scripts() -> None:
    """At least seven scripts and Latin with diacritics, among children and guardians alike."""
    made = sample()
    for names in ([row.display_name for row in rows(Student)], [g.name for f in made.families for g in f.guardians]):
        letters = {letter for name in names for letter in name if letter.isalpha()}
        scripts = {unicodedata.name(letter).split()[0] for letter in letters}
        assert {"LATIN", "CJK", "ARABIC", "HANGUL", "CYRILLIC", "DEVANAGARI"} <= scripts
        assert any("WITH" in unicodedata.name(letter) for letter in letters)


def test_no_address_reaches_a_real_person() -> None:
    """Every address ends in .example, and computers have documentation addresses."""
    for entry in encoded(sample()):
        for value in entry.values() if isinstance(entry, dict) else ():
            if isinstance(value, str) and "@" in value and "sha256" not in value:
                assert value.rpartition("@")[2].endswith(".example"), value
    networks = {(event.by.ip_address or "").rpartition(".")[0] for event in sample().chronicle.events}
    assert networks <= {"", "192.0.2", "198.51.100", "203.0.113"}


def test_the_history_holds_codes_alone() -> None:
    """Events are registered, span months, and repeat no name, address or sentence."""
    made = sample()
    assert {event.name for event in made.chronicle.events} <= set(EVENTS)
    months = {(event.at.year, event.at.month) for event in made.chronicle.events}
    assert len(months) >= 5
    told = " ".join(str(event.data) for event in made.chronicle.events)
    assert "@home" not in told
    for family in made.families:
        for guardian in family.guardians:
            assert guardian.name not in told


def test_every_answer_has_its_row_and_its_notice() -> None:
    """The twins in `default` name rows of the catalog and texts that are kept."""
    made = sample()
    consents = {row.id: row for row in made.consents}
    kept = {notice.version for notice in (*made.notices, *made.authorizations)}
    assert {row.consent_text_version for row in made.consents} <= kept
    for answer in made.ledger.answers:
        row = consents[answer.consent_id]
        assert (row.student_id, row.consent_type, row.consent_given) == (
            answer.student_id,
            answer.consent_type,
            answer.given,
        )
        assert (row.verified_at, row.revoked_at) == (answer.verified_at, answer.revoked_at)


def test_students_are_nine_to_eighteen() -> None:
    """Years of birth fit the grade; a few are unknown."""
    fall = NOW.year
    years = [child.age.birth_year for family in sample().families for child in family.children]
    known = [year for year in years if year is not None]
    assert len(known) < len(years)
    assert min(fall - year for year in known) == 9
    assert max(fall - year for year in known) == 19


def test_old_recordings_are_gone() -> None:
    """No recording is older than the school's policy, a few can be played."""
    recordings = rows(Recording)
    assert all(row.created_at > NOW - timedelta(days=31) for row in recordings)
    assert 1 <= len(sample().playable) <= 6
    assert all(row.file_size_bytes == len(silence()) for row in sample().playable)


def test_sessions_belong_to_their_schools_hours() -> None:
    """Lessons are held on weekdays, between eight and three on the school's own clock."""
    zone_of = {family.place.school.id: family.place.zone for family in sample().families}
    assert set(zone_of) == {row.id for row in rows(School)}
    for session in rows(ClassroomSession):
        local = session.scheduled_start.astimezone(zone_of[session.school_id])
        assert local.weekday() < 5
        assert 8 <= local.hour <= 14


def test_every_lesson_is_told_in_full() -> None:
    """Each lesson has several speakers and its own sentences."""
    sentences = [line for lesson in plans().lessons for _, line in lesson.talk]
    assert len(sentences) == len(set(sentences)) > 200
    assert all(len({speaker for speaker, _ in lesson.talk}) >= 4 for lesson in plans().lessons)
