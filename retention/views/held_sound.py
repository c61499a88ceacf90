"""A recording that is held of a student: who consented, and the sound where nobody else can be heard."""

from __future__ import annotations

from typing import Any

from django.core.files.base import File
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.warehouse.models import Recording
from retention.actions.opening import note_opened
from retention.files import NotHere, opened
from retention.queries.company import Around, around
from retention.queries.held import Pupil
from retention.queries.held_rows import row_of
from retention.rules.held_fields import fields_of
from retention.rules.opening import Opening, opening
from retention.rules.ranges import Part, Unsatisfiable, asked_part
from retention.schedule import rule_of
from retention.views.held import find_pupil

RULE = rule_of(Recording)
# What browsers play, by what the catalog calls the format.
TYPES = {
    "aac": "audio/aac",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "mp4": "audio/mp4",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
    "webm": "audio/webm",
}
_PIECE = 64 * 1024
# In the session: the recordings that a person has begun to play; of more, the earliest is forgotten.
_BEGUN, _MOST_BEGUN = "recordings_begun", 50
_ELSEWHERE = "The file is not in the portal’s own storage, so it cannot be played here."


@require_safe
def held_recording(request: StaffRequest, student_id: str, recording_id: str) -> HttpResponse:
    """Show a recording with who consented to it, and play it if the student alone can be heard: three queries."""
    pupil, row = find_recording(student_id, recording_id)
    there = around(pupil, [row.session_id], recorded_at=row.created_at)
    told = _opening(pupil, row, there)
    _note(request, pupil, row, "student.viewed")
    context = {
        "pupil": pupil,
        "rule": RULE,
        "row": row,
        "opening": told if not told.may or _is_here(row) else Opening(may=False, why=_ELSEWHERE),
        "fields": fields_of(RULE, row, pupil.parts, there.others),
        "consents": there.consents,
        "session": row.session_id if row.session_id in there.company.sizes else None,
    }
    return render(request, "retention/held/recording.html", context)


@require_safe
@never_cache
def held_sound(request: StaffRequest, student_id: str, recording_id: str) -> HttpResponseBase:
    """Hand over the sound, or the part of it that a player asks for. Each time it is begun is in the log.

    A part from the middle, asked for before any beginning, counts as one.
    """
    pupil, row = find_recording(student_id, recording_id)
    if not _opening(pupil, row, around(pupil, [row.session_id])).may:
        raise Http404("Others can be heard in it.")
    try:
        file = opened(row.file_path)
    except NotHere:
        raise Http404("There is no such file here.") from None
    form = row.format.strip().casefold()
    kind, name = TYPES.get(form, "application/octet-stream"), f"recording.{form}" if form in TYPES else "recording"
    try:
        part = asked_part(request.headers.get("Range", ""), file.size)
    except Unsatisfiable:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{file.size}"})
    if request.method == "GET" and _begins(request, row.pk, part):
        _note(request, pupil, row, "audio.played")
    return _answer(file, part, kind, name)


def _answer(file: File[bytes], part: Part | None, kind: str, name: str) -> HttpResponseBase:
    """Return the file or a part of it under a name of our own: that in the storage may name a child."""
    if part is None:
        whole = FileResponse(file, content_type=kind, filename=name)
        whole["Accept-Ranges"] = "bytes"
        return whole
    size = file.size
    response = FileResponse(_Slice(file, part), content_type=kind, filename=name, status=206)
    response["Content-Length"] = str(part.length)
    response["Content-Range"] = part.header(size)
    response["Accept-Ranges"] = "bytes"
    return response


class _Slice:
    """Reads a part of a file, and closes it."""

    def __init__(self, file: File[bytes], part: Part) -> None:
        file.seek(part.first)
        self._file, self._left = file, part.length

    def read(self, size: int = _PIECE) -> bytes:
        """Return the next bytes; none at the end of the part."""
        piece: bytes = self._file.read(min(size, self._left)) if self._left else b""
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def find_recording(student_id: str, recording_id: str) -> tuple[Pupil, Any]:
    """Return a student and a recording that is held of them: two warehouse queries. Raises Http404."""
    pupil = find_pupil(student_id)
    row = row_of(pupil, RULE, recording_id)
    if row is None:
        raise Http404("There is no such recording of this student.")
    return pupil, row


def _opening(pupil: Pupil, row: Any, there: Around) -> Opening:
    return opening(RULE, row, own=bool(row.own), parts=pupil.parts, company=there.company)


def _begins(request: StaffRequest, recording_id: str, part: Part | None) -> bool:
    """Tell whether a request begins to play: from the first byte, or anywhere in what was not begun yet."""
    begun = request.session.get(_BEGUN, [])
    if recording_id not in begun:
        request.session[_BEGUN] = [*begun, recording_id][-_MOST_BEGUN:]
        return True
    return part is None or part.first == 0


def _is_here(row: Any) -> bool:
    try:
        opened(row.file_path).close()
    except NotHere:
        return False
    return True


def _note(request: StaffRequest, pupil: Pupil, row: Any, event: str) -> None:
    note_opened(event=event, by=request.actor, pupil=pupil, table=RULE.name, row_id=row.pk, session_id=row.session_id)
