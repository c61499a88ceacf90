"""Small recordings that can really be played: silence, as a WAV file in private storage."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterable
from functools import cache

from django.core.files.base import ContentFile
from django.core.files.storage import storages

from classwaves_admin.warehouse.models import Recording
from retention.files import RECORDINGS, mark

SECONDS = 2
SAMPLE_RATE = 16_000
_BYTES_A_SAMPLE = 2


@cache
def silence() -> bytes:
    """Return two seconds of silence as WAV."""
    stream = io.BytesIO()
    with wave.open(stream, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(_BYTES_A_SAMPLE)
        sound.setframerate(SAMPLE_RATE)
        sound.writeframes(b"\0" * _BYTES_A_SAMPLE * SAMPLE_RATE * SECONDS)
    return stream.getvalue()


def put_files(recordings: Iterable[Recording]) -> None:
    """Write the file of each recording where there is none."""
    place = storages[RECORDINGS]
    mark(place)
    for recording in recordings:
        if not place.exists(recording.file_path):
            place.save(recording.file_path, ContentFile(silence()))
