"""Keeps what shows that staff checked who answered: a reference, and a scan in private storage if there is one."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from classwaves_admin.lib.actor import Actor
from classwaves_admin.lib.digest import sha256_hex
from classwaves_admin.lib.scans import Scan
from consent.models import Evidence, EvidencedConsent, Guardian
from consent.vocabulary import VerificationMethod

FOLDER = "scans"
# A file that no evidence names after so long was left by a process that died between file and row.
LEFT_ALONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Checked:
    """How staff checked who answered. `on` is the day at the school; `scan` is optional."""

    method: VerificationMethod
    reference: str
    on: date
    scan: Scan | None = None


@contextmanager
def stored(scan: Scan | None) -> Iterator[str]:
    """Put a scan into private storage under a random name and give the name; take it out where the block fails.

    Stands around the transaction, since no database takes a file back. Gives nothing without a scan.
    """
    if scan is None:
        yield ""
        return
    name = default_storage.save(f"{FOLDER}/{secrets.token_hex(16)}", ContentFile(scan.content))
    try:
        yield name
    except BaseException:
        default_storage.delete(name)
        raise


def keep_evidence(
    guardian: Guardian,
    checked: Checked,
    file: str,
    consents: Iterable[tuple[str, str]],
    *,
    by: Actor,
    now: datetime,
) -> Evidence:
    """Save the evidence for consents, given as pairs of row id and student id. Part of an action."""
    scan = checked.scan
    evidence = Evidence.objects.create(
        school_id=guardian.school_id,
        guardian=guardian,
        method=checked.method.value,
        reference=checked.reference,
        checked_on=checked.on,
        file=file,
        content_type=scan.content_type if scan else "",
        sha256=sha256_hex(scan.content) if scan else "",
        size=len(scan.content) if scan else 0,
        recorded_by=by.id,
        recorded_at=now,
    )
    EvidencedConsent.objects.bulk_create(
        [
            EvidencedConsent(evidence=evidence, consent_id=consent_id, student_id=student_id)
            for consent_id, student_id in consents
        ]
    )
    return evidence


def sweep_scans(*, now: datetime) -> int:
    """Delete the files that no evidence names and that are old enough; return how many."""
    _, files = default_storage.listdir(FOLDER) if default_storage.exists(FOLDER) else ([], [])
    names = {f"{FOLDER}/{name}" for name in files}
    known = set(Evidence.objects.exclude(file="").values_list("file", flat=True))
    lost = [name for name in sorted(names - known) if default_storage.get_modified_time(name) <= now - LEFT_ALONE]
    for name in lost:
        default_storage.delete(name)
    return len(lost)
