"""The flags on `users.students` that follow from the consents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import NamedTuple

from consent.rules.dependencies import needed_for
from consent.rules.effective import Circumstances, Effective, effective_all
from consent.rules.status import ConsentRow
from consent.vocabulary import ConsentType


class Raised(NamedTuple):
    """The flags that permit something, as they stand in `users.students`."""

    has_parental_consent: bool
    audio_recording_consent: bool
    data_sharing_consent: bool


@dataclass(frozen=True, slots=True)
class Flags:
    """The four columns. Nothing is granted by default."""

    has_parental_consent: bool = False
    consent_date: datetime | None = None
    audio_recording_consent: bool = False
    data_sharing_consent: bool = False

    @property
    def raised(self) -> Raised:
        """Return what the flags permit, to compare with what stands in the catalog."""
        return Raised(self.has_parental_consent, self.audio_recording_consent, self.data_sharing_consent)

    def columns(self) -> dict[str, object]:
        """Return the columns with their values."""
        return asdict(self)

    def fallen(self) -> dict[str, object]:
        """Return the columns that these flags do not hold: what must be written first when a consent ends."""
        columns = self.columns()
        return {name: value for name, value in columns.items() if not value}


def in_force(consent_type: ConsentType, answers: Mapping[ConsentType, Effective]) -> bool:
    """Tell whether a type is active together with every type that it needs."""
    return all(answers[needed].active for needed in (consent_type, *needed_for(consent_type)))


def flags_for(rows: Iterable[ConsentRow], about: Circumstances, now: datetime) -> Flags:
    """Return the flags of one student. A school's authorisation never sets one."""
    answers = effective_all(rows, about, now)
    service = answers[ConsentType.SERVICE]
    return Flags(
        has_parental_consent=service.active,
        consent_date=service.row.consented_at if service.active and service.row else None,
        audio_recording_consent=in_force(ConsentType.AUDIO, answers),
        data_sharing_consent=in_force(ConsentType.THIRD_PARTY, answers),
    )
