"""A family that nobody has asked, saved inside a portal that runs: `manage.py shell` with its settings calls `save`."""

from __future__ import annotations

import time

from django.db import transaction

from classwaves_admin.lib.clock import now
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import School, Student
from classwaves_admin.warehouse.outbox import gateway
from classwaves_admin.warehouse.outbox.delivery import deliver
from consent.models import Guardian, Guardianship
from tests.factories import catalog as make

# Tries of a fifth of a second: the catalog may have slept, or another process delivers.
TRIES = 50


def save(*, domain: str, student: str, name: str, guardian: str, address: str) -> None:
    """Save a student with this id and name, at the school with this mail domain, and a parent who can be asked."""
    with system_scope(reason="test"):
        school = School.objects.get(domain=domain)
        with transaction.atomic():
            _save_student(school, student, name)
            parent = Guardian.objects.create(school_id=school.id, name=guardian, email=address)
            Guardianship.objects.create(guardian=parent, school_id=school.id, student_id=student, relationship="parent")
        _wait_for(student)


def record(*, student: str) -> None:
    """Save a lesson in which the student was recorded although nobody was asked, as another service does."""
    with system_scope(reason="test"):
        child = Student.objects.get(id=student)
        meeting = make.session(school=School(id=child.school_id))
        make.recording(session=meeting, participant=make.participant(session=meeting, student=child))


def _save_student(school: School, student: str, name: str) -> None:
    moment = now()
    gateway.insert(
        Student(
            id=student,
            display_name=name,
            school_id=school.id,
            status="active",
            grade_level="6",
            has_parental_consent=False,
            data_sharing_consent=False,
            audio_recording_consent=False,
            created_at=moment,
            updated_at=moment,
        )
    )


def _wait_for(student: str) -> None:
    for _ in range(TRIES):
        if Student.objects.filter(id=student).exists():
            return
        deliver(even_if_resting=True)
        time.sleep(0.2)
    raise AssertionError("The new student did not arrive in the catalog.")
