"""Leaves a child's words and address in every place that keeps such things, and deletes them by request.

Run as a program by test_proof.py, on the databases and folders of its own environment:

    leaving.py fill     prints the texts that must go, as JSON, and the id of the request
    leaving.py delete REQUEST
    leaving.py remove   takes what was deleted off the disk
    leaving.py lesson   does it all in an empty catalog, and prints what became of the rows
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import django

WORDS = "xylophonic marmalade under the quince tree"
EMAIL = "quillon.zephyrine@pupils.example"
NAME = "Quillon Zephyrine"
ADDRESS = "Quillonstrasse 4711"
# As an index of words keeps them.
SINGLE = ("zephyrine", "xylophonic")


def fill() -> dict[str, Any]:
    """Let a child of the sample's first school speak, write, be written about, searched for and exported."""
    from classwaves_admin.warehouse.models import ClassroomSession, School
    from retention.vocabulary import RequestKind
    from tests.factories import requests

    school = School.objects.order_by("pk").first()
    assert school
    meeting = ClassroomSession.objects.filter(school=school).order_by("pk").first()
    student, seat = enrolled(school, meeting)
    spoken(school, meeting, student, seat)
    copied(school, student)
    request = requests.request(student, RequestKind.DELETE, words=f"{ADDRESS} asks for it")
    return {"texts": [WORDS, EMAIL, ADDRESS, NAME, *SINGLE], "request": request.pk}


def enrolled(school: Any, meeting: Any) -> tuple[Any, Any]:
    """Write the student and a seat by the outbox, whose payloads stand in the portal's database for a moment."""
    from django.db import transaction

    from classwaves_admin.lib.clock import now
    from classwaves_admin.warehouse.models import Participant, Student
    from classwaves_admin.warehouse.outbox import gateway
    from tests.factories import catalog as make
    from tests.factories import families

    student = Student(
        display_name=NAME, email=EMAIL, school=school, status="active", grade_level="5",
        has_parental_consent=True, data_sharing_consent=False, audio_recording_consent=True,
    )  # fmt: skip
    seat = Participant(
        session=meeting, student_id=student.pk, display_name=NAME, join_time=now(), is_active=False,
        can_speak=True, can_hear=True, is_muted=False,
    )  # fmt: skip
    with transaction.atomic():
        gateway.insert(student, seat)
    make.coppa(student=student, birth_year=2015)
    families.guardian(student, email="guardian.of@home.example")
    return student, seat


def spoken(school: Any, meeting: Any, student: Any, seat: Any) -> None:
    """Let the child's words stand in transcripts, messages, conclusions, a recording, the log and the archive."""
    from django.core.files.base import ContentFile
    from django.core.files.storage import storages

    from classwaves_admin.lib.clock import now
    from retention import files
    from tests.factories import catalog as make

    told: dict[str, Any] = {"session": meeting}
    make.transcription(speaker=seat, content=WORDS, **told)
    make.message(sender_id=student.pk, content=WORDS, **told)
    make.message(recipient_id=seat.pk, content=f"Dear {NAME}, {WORDS}", **told)
    make.analysis(result_data=json.dumps({"quotes": [WORDS]}), **told)
    make.insight(applies_to_type="student", applies_to_id=student.pk, description=f"{NAME} said: {WORDS}", **told)
    place = storages[files.RECORDINGS]
    files.mark(place)
    name = place.save(f"{school.pk}/quillon.opus", ContentFile(f"voice: {WORDS}".encode()))
    make.recording(participant=seat, file_path=name, **told)
    about = {"school": school, "resource_type": "student", "resource_id": student.pk}
    make.audit_row(description=f"{NAME} <{EMAIL}> joined", **about)
    make.audit_row(school=school, description="A stray row", data_accessed=json.dumps({"to": EMAIL}))
    long_ago = now() - timedelta(days=300)
    archive(school, make.transcription(speaker=seat, content=f"long ago: {WORDS}", created_at=long_ago, **told))


def copied(school: Any, student: Any) -> None:
    """Let copies stand in an export, an import that can be taken back, a kept search and somebody's session."""
    from django.contrib.sessions.backends.db import SessionStore

    from audit.models import SavedSearch
    from classwaves_admin.accounts.models import User
    from classwaves_admin.accounts.searching import SEARCHES
    from consent.models import RosterChange
    from tests.factories import made, rosters

    made.made(school, content=f"{NAME},{EMAIL},{WORDS}\n".encode())
    part = rosters.compared_import(school, "Zoe Q.")
    payload = {"columns": ["id"], "added": [[student.pk, NAME, EMAIL]], "changed": [], "removed": [], "shared": {}}
    RosterChange.objects.create(roster_import=part, school_id=school.pk, part=1, table="students", payload=payload)
    SavedSearch.objects.create(name="that child", text=EMAIL, owner=User.objects.earliest("pk"))
    session = SessionStore()
    session[SEARCHES] = {"1": NAME}
    session.save()


def archive(school: Any, row: Any) -> None:
    """Take a transcript out of the catalog into an archive file, as a run does."""
    from classwaves_admin.lib.clock import now
    from classwaves_admin.lib.ids import new_id
    from classwaves_admin.warehouse import guard
    from classwaves_admin.warehouse.models import Transcription
    from retention.archive.keeping import keep
    from retention.queries.due import with_clock
    from retention.schedule import rule_of

    rule = rule_of(Transcription)
    rows = with_clock(rule, Transcription.objects.filter(pk=row.pk))
    kept = keep(
        rows=rows, rule=rule, school_id=school.pk, run_id=new_id(), number=1, month=f"{row.created_at:%Y-%m}", now=now()
    )
    assert list(kept.ids) == [row.pk]
    with guard.writing():
        row.delete()


def delete(request_id: str) -> dict[str, Any]:
    """Delete the child's data as an office does: count, approve, let it run."""
    from classwaves_admin.warehouse.models import CoppaCompliance, Student
    from retention.models import RightsRequest
    from tests.factories import deletions

    request = RightsRequest.objects.get(pk=request_id)
    run = deletions.done(Student.objects.get(pk=request.student_id), request)
    record = CoppaCompliance.objects.get(student_id=request.student_id)
    return {
        "state": run.state,
        "stop": run.stop,
        "completed": record.deletion_completed_at is not None,
        "removed": dict(run.segments.values_list("table", "removed")),
        **run.cursor,
    }


def lesson() -> dict[str, Any]:
    """Let two children speak in a lesson of an empty catalog, and delete the data of one."""
    from classwaves_admin.warehouse.models import (
        EducationalInsight,
        Message,
        Participant,
        Recording,
        Student,
        Transcription,
    )
    from retention.vocabulary import RequestKind
    from tests.factories import catalog as make
    from tests.factories import requests

    school = make.school()
    meeting = make.session(school=school)
    student, seat = enrolled(school, meeting)
    spoken(school, meeting, student, seat)
    other = make.participant(session=meeting, student=make.student(school=school))
    make.transcription(session=meeting, speaker=other, content="mine")
    make.insight(session=meeting, applies_to_type="student", applies_to_id=other.student_id)
    told = delete(requests.request(student, RequestKind.DELETE).pk)
    models = (Transcription, Participant, Message, Recording, EducationalInsight)
    left = {model._meta.db_table: model._default_manager.count() for model in models}
    return told | {"left": left, "name": Student.objects.get(pk=student.pk).display_name}


def remove() -> dict[str, Any]:
    """Take what was deleted off the disk, in both databases."""
    from classwaves_admin.lib.clock import now
    from classwaves_admin.warehouse.physical import steps

    return {alias: steps.step(alias, [], {}, now=now()).removed for alias in ("default", "warehouse")}


if __name__ == "__main__":
    django.setup()
    from classwaves_admin.tenancy.scope import system_scope

    steps: dict[str, Callable[..., dict[str, Any]]] = {
        "fill": fill,
        "delete": delete,
        "remove": remove,
        "lesson": lesson,
    }
    with system_scope(reason="a test"):
        said = steps[sys.argv[1]](*sys.argv[2:])
    sys.stdout.write(json.dumps(said))
