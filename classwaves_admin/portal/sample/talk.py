"""What was said and written in the lessons: recordings, transcripts, messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from classwaves_admin.lib.actor import ActorType, system
from classwaves_admin.portal.sample.audio import SAMPLE_RATE, SECONDS, silence
from classwaves_admin.portal.sample.classroom import Meeting, Table
from classwaves_admin.portal.sample.dice import Dice
from classwaves_admin.portal.sample.events import Chronicle, Event
from classwaves_admin.portal.sample.records import Records
from classwaves_admin.warehouse.models import Message, Recording, Transcription
from classwaves_admin.warehouse.models._base import CatalogModel

MICROPHONES = 2
# The policy for recordings: older ones are gone, what was transcribed stays.
KEPT_DAYS = 30
# Recordings that can really be played in the sample.
PLAYABLE = 6
_WORDS_A_SECOND = 2.4
_LONG_WORD = 9
_NOTES = (
    "Please put one sentence about your plan into the shared notes.",
    "Five minutes left. Decide who reports for your group.",
    "Good question at your table. I will come over.",
    "Write down the reason too, not only the answer.",
    "Your group moved on quickly. Can you show me the step in between?",
)
_REPLIES = (
    "We are done with the first part.",
    "Can we use the calculator for the last step?",
    "We disagree about number two and that is okay, right?",
    "Done! Who are we comparing with?",
    "We need more paper, please.",
)


@dataclass(slots=True)
class Talk:
    """Collects what was said and written."""

    dice: Dice
    now: datetime
    records: Records
    chronicle: Chronicle
    recordings: list[Recording] = field(default_factory=list)
    transcripts: list[Transcription] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    playable: list[Recording] = field(default_factory=list)

    def hold(self, meetings: Sequence[Meeting]) -> None:
        """Let every lesson be held, the latest with recordings that can be played."""
        for meeting in sorted(meetings, key=lambda meeting: meeting.start, reverse=True):
            self._record(meeting)
            self._write(meeting)

    def rows(self) -> list[CatalogModel]:
        """Return all rows that were collected."""
        return [*self.recordings, *self.transcripts, *self.messages]

    def _record(self, meeting: Meeting) -> None:
        """Record at most two tables; a table with one child who may not be recorded is left alone."""
        free = MICROPHONES
        for table in meeting.tables:
            if table.recordable and free:
                free -= 1
                table.recorded = True
                self._transcribe(meeting, table, first=free == MICROPHONES - 1)
                self._keep_audio(meeting, table)
                self._events(meeting, table)
            elif not table.recordable:
                silent = [child.id for child in table.children if not self.records.recordable(child.id, meeting.start)]
                data: dict[str, str | int] = {"group": table.group.id, "without_consent": len(silent)}
                self._event(meeting, "session.recording_blocked", 5, table, silent, data)

    def _transcribe(self, meeting: Meeting, table: Table, *, first: bool) -> None:
        """Write down the lesson's talk; the second microphone comes to its table halfway through."""
        lines = meeting.lesson.talk if first else meeting.lesson.talk[len(meeting.lesson.talk) // 2 :]
        at = meeting.start + timedelta(minutes=6 if first else 22)
        shift = 0 if first else 1
        seconds: dict[str, float] = {}
        for speaker, line in lines:
            length = round(len(line.split()) / _WORDS_A_SECOND + self.dice.uniform(0.2, 1.4), 3)
            end = at + timedelta(seconds=length)
            if speaker == "T":
                who = (meeting.teacher.id, "teacher", meeting.teacher.name)
            else:
                member = table.members[("ABCD".index(speaker) + shift) % len(table.members)]
                who = (member.id, "student", member.display_name)
                seconds[member.id] = seconds.get(member.id, 0) + length
            self.transcripts.append(self._line(meeting, table, who, line, at, end, length))
            at = end + timedelta(seconds=self.dice.uniform(0.3, 6))
        for member in table.members:
            member.total_speaking_time_seconds = round(seconds.get(member.id, 0))
        table.group.total_speaking_time_seconds = round(sum(seconds.values()))

    def _line(
        self,
        meeting: Meeting,
        table: Table,
        who: tuple[str, str, str],
        line: str,
        start: datetime,
        end: datetime,
        length: float,
    ) -> Transcription:
        speaker_id, speaker_type, name = who
        found = [word for word in meeting.lesson.words if word.lower() in line.lower()]
        return Transcription(
            id=self.dice.id_at(start),
            session_id=meeting.session.id,
            group_id=table.group.id,
            speaker_id=speaker_id,
            speaker_type=speaker_type,
            speaker_name=name,
            content=line,
            language_code=meeting.lesson.language,
            start_time=start,
            end_time=end,
            duration_seconds=Decimal(f"{length:.3f}"),
            confidence_score=self.dice.score(0.82, 0.99, 4),
            is_final=True,
            sentiment="positive" if "!" in line else self.dice.choices(["neutral", "positive"], [75, 25])[0],
            key_phrases=", ".join(found) or None,
            academic_vocabulary_detected=bool(found) or any(len(word) > _LONG_WORD for word in line.split()),
            created_at=end,
        )

    def _keep_audio(self, meeting: Meeting, table: Table) -> None:
        if meeting.start < self.now - timedelta(days=KEPT_DAYS):
            return
        playable = len(self.playable) < PLAYABLE
        ended = table.group.end_time or meeting.start
        kind = "wav" if playable else "opus"
        recording = Recording(
            id=self.dice.id_at(ended),
            session_id=meeting.session.id,
            group_id=table.group.id,
            file_path=f"audio/{meeting.session.id}/{table.group.id}.{kind}",
            file_size_bytes=len(silence()) if playable else self.dice.randint(4_000_000, 9_000_000),
            duration_seconds=SECONDS if playable else round((ended - meeting.start).total_seconds()),
            format=kind,
            sample_rate=SAMPLE_RATE if playable else 48_000,
            channels=1,
            codec="pcm_s16le" if playable else "opus",
            is_processed=True,
            transcription_status="completed",
            processing_attempts=1,
            created_at=ended,
            processed_at=self.dice.after(ended, minutes=(3, 25)),
        )
        self.recordings.append(recording)
        if playable:
            self.playable.append(recording)

    def _events(self, meeting: Meeting, table: Table) -> None:
        ids = [child.id for child in table.children]
        data: dict[str, str | int] = {"group": table.group.id}
        self._event(meeting, "session.recording_started", 5, table, ids, data)
        self._event(meeting, "session.recording_stopped", 44, table, ids, data)
        self._event(meeting, "session.transcribed", 58, table, ids, data)
        if table.analysable:
            self._event(meeting, "session.analyzed", 63, table, ids, data)

    def _event(
        self,
        meeting: Meeting,
        name: str,
        minute: int,
        table: Table,
        students: Sequence[str],
        data: dict[str, str | int],
    ) -> None:
        by_machine = name in {"session.transcribed", "session.analyzed"}
        self.chronicle.add(
            Event(
                name,
                system("sessions") if by_machine else self.chronicle.person(meeting.teacher.id, ActorType.TEACHER),
                meeting.start + timedelta(minutes=minute, seconds=table.group.group_number),
                meeting.place.school.id,
                ("session", meeting.session.id),
                students,
                dict(data),
                session_id=meeting.session.id,
            )
        )

    def _write(self, meeting: Meeting) -> None:
        for table in meeting.tables:
            note = self._message(meeting, table, (meeting.teacher.id, "teacher"), (table.group.id, "group"), _NOTES, 20)
            self.messages.append(note)
            if self.dice.chance(55):
                member = self.dice.choice(table.members)
                member.message_count = 1
                self.messages.append(
                    self._message(meeting, table, (member.id, "student"), (meeting.teacher.id, "teacher"), _REPLIES, 30)
                )

    def _message(
        self,
        meeting: Meeting,
        table: Table,
        sender: tuple[str, str],
        recipient: tuple[str, str],
        texts: Sequence[str],
        minute: int,
    ) -> Message:
        at = self.dice.after(meeting.start + timedelta(minutes=minute), minutes=(0, 8))
        read = self.dice.chance(90)
        return Message(
            id=self.dice.id_at(at),
            session_id=meeting.session.id,
            sender_id=sender[0],
            sender_type=sender[1],
            recipient_id=recipient[0],
            recipient_type=recipient[1],
            message_type="text",
            content=self.dice.choice(texts),
            metadata={"group_number": str(table.group.group_number)},
            is_read=read,
            is_archived=False,
            is_deleted=False,
            created_at=at,
            read_at=self.dice.after(at, minutes=(0, 3)) if read else None,
        )
