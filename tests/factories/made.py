"""Files that were made, for tests."""

from __future__ import annotations

from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from audit.models import MadeFile, Making
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.digest import sha256_hex
from classwaves_admin.warehouse.models import School


def put_back(content: bytes = b"a\n") -> None:
    """Store again the files that are gone while their rows, of a transaction that was rolled back, are not."""
    for name in MadeFile.objects.exclude(file="").values_list("file", flat=True):
        if not default_storage.exists(name):
            default_storage.save(name, ContentFile(content))


def made(school: School, *, kind: str = "export.lines", content: bytes = b"a\n") -> Making:
    """Save a finished making of one school with a CSV file and a picture."""
    making = Making.objects.create(
        kind=kind,
        school_id=school.pk,
        rows=1,
        data_sha256=sha256_hex(content),
        data_as_of=now(),
        made_at=now(),
        expires_at=now() + timedelta(days=7),
    )
    for name, kind_of in (("csv", "text/csv; charset=utf-8"), ("picture", "image/png")):
        MadeFile.objects.create(
            making=making,
            format=name,
            file=default_storage.save(f"made/test-{making.pk}-{name}", ContentFile(content)),
            content_type=kind_of,
            size=len(content),
            sha256=sha256_hex(content),
        )
    return making
