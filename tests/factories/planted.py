"""A child and her brother in one class, his name and words in every table and column that mixes children."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from classwaves_admin.warehouse.models import Participant, School, Student
from tests.factories import catalog as make
from tests.factories import families

NAME = "Wolfram Q."
SAID = "Our seven parakeets escaped through the laundry"
WROTE = "Zanzibar umbrella parade tomorrow"
# What of the brother may stand on no page: names, words, and whatever is planted as his in a column of any name.
SECRETS = ("wolfram", "parakeets", "laundry", "zanzibar", "umbrella", "ratatouille")
OWN = "I counted eleven lighthouses"


@dataclass(frozen=True)
class Family:
    """Maya and her brother in one class, at one table and apart."""

    school: School
    maya: Student
    brother: Student
    ours: Participant
    theirs: Participant

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids that lead to the brother."""
        return self.brother.pk, self.theirs.pk


def planted(school: School) -> Family:
    """Plant the brother's name and words in every table and column that mixes children."""
    maya = make.student(school=school, display_name="Maya R.")
    brother = make.student(school=school, display_name=NAME, email="ratatouille@school.example")
    mother = families.guardian(maya)
    families.guardian(brother, email=mother.email)
    meeting = make.session(school=school, title=f"With {NAME}", description=SAID, total_students=2)
    group = make.group(session=meeting, name=f"Group of {NAME}", current_size=2)
    ours = make.participant(session=meeting, group=group, student=maya)
    theirs = make.participant(session=meeting, group=group, student=brother, anonymous_id="ratatouille-1")
    family = Family(school, maya, brother, ours, theirs)
    _of_sessions(family)
    _of_software(family)
    _of_the_office(family)
    return family


def _of_sessions(family: Family) -> None:
    meeting, group = family.ours.session, family.ours.group_id
    make.transcription(
        speaker=family.ours, content=f"{OWN}, didn’t I, Wolfram?", key_phrases=f'["{NAME}", "lighthouses"]'
    )
    make.transcription(speaker=family.theirs, content=SAID, key_phrases=WROTE)
    make.transcription(speaker=family.theirs, speaker_id=family.brother.pk, content=SAID)
    make.transcription(speaker=family.theirs, speaker_type="teacher", speaker_id="t", content=f"Thank you, {NAME}")
    make.recording(session=meeting, group_id=group, file_path=f"audio/{NAME}.wav", last_error=SAID)
    make.recording(session=meeting, group_id=group, participant=family.ours)
    his: dict[str, Any] = {
        "session": meeting,
        "sender_id": family.theirs.pk,
        "sender_type": "student",
        "content": WROTE,
    }
    make.message(recipient_id=family.ours.pk, subject=NAME, **his)
    make.message(recipient_id=group, **his)
    make.message(
        session=meeting,
        sender_id=family.ours.pk,
        sender_type="student",
        recipient_id=family.theirs.pk,
        content=f"No, {NAME}!",
    )
    made = {"reply_to": WROTE, "participant_id": family.theirs.pk}
    make.message(
        session=meeting, sender_id="t", recipient_id=family.ours.pk, content=f"Sit with {NAME}: “{SAID}”", metadata=made
    )
    direct = make.message(session=meeting, sender_id="t", recipient_id=family.maya.pk, content=f"Ask {NAME}")
    make.change(direct, session_id=None)


def _of_software(family: Family) -> None:
    meeting = family.ours.session
    parts = {"students": [{"participant_id": family.theirs.pk, "quote": WROTE}], NAME: WROTE}
    make.analysis(session=meeting, result_data=json.dumps(parts), analysis_type="ratatouille")
    make.insight(session=meeting, title=NAME, description=SAID)
    own = {"applies_to_type": "student", "applies_to_id": family.maya.pk}
    make.insight(
        session=meeting,
        title=f"After {NAME}",
        description=f"{SAID}, she heard.",
        recommendations=json.dumps(parts),
        **own,
    )
    make.insight(session=meeting, title=WROTE, applies_to_type="student", applies_to_id=family.theirs.pk)
    target = {"target_type": "student", "target_student_id": family.maya.pk}
    make.suggestion(session=meeting, reason=f"Wolfram said: {SAID}", suggested_action=f"Part her from {NAME}", **target)
    make.suggestion(session=meeting, reason=SAID, group_id=family.ours.group_id)
    make.student_metrics(participant=family.ours)
    make.student_metrics(participant=family.theirs)
    make.educational_metric(session=meeting, metric_name="ratatouille", metric_metadata={NAME: WROTE})


def _of_the_office(family: Family) -> None:
    school, maya = family.school, family.maya
    both = json.dumps([maya.pk, family.brother.pk])
    make.audit_row(
        school=school,
        affected_student_ids=both,
        description=f"{NAME} was seen",
        data_accessed=json.dumps({NAME: WROTE}),
    )
    data = json.dumps({"student": family.brother.pk, "note": WROTE})
    make.audit_row(school=school, resource_id=maya.pk, description=f"Beside {NAME}", data_accessed=data)
    make.audit_row(school=school, resource_id=maya.pk, data_accessed=f"not JSON, {NAME}", affected_student_ids=both)
    make.consent(student=maya, parent_name="Ana R.", ip_address="192.0.2.77", verification_token="ratatouille")
    make.coppa(student=maya)
    make.queued_notification(
        user_id=maya.pk, content=f"About Maya and {NAME}", template_data={"children": f"Maya, {NAME}"}
    )
    make.queued_notification(recipient_address="ana@home.example", content=f"About {NAME}")
    make.system_event(school_id=school.pk, user_id=maya.pk, message=f"Moved from {NAME}", error_details=SAID)
