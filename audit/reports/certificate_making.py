"""Makes the consent certificate of one child in the background, as the other reports are made."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pypdfium2

from audit.making.kinds import Made, Part
from audit.models import Making
from audit.models.made import PICTURE
from audit.queries.certificate import certificate_of
from audit.reports.consent_certificate import Provenance, fingerprint, to_csv, to_pdf
from audit.reports.making import draw_first_page
from classwaves_admin.jobs.kinds import CannotGoOn
from classwaves_admin.warehouse.models import Student


def make_certificate(*, making: Making, workspace: Path, now: datetime) -> Made:
    """Make all of it: one child's answers are a portion. Raises CannotGoOn for a child that is not there any more.

    The hash is that of the data which is attached to the PDF; each line of the CSV file has it too.
    """
    try:
        certificate = certificate_of(making.parameters.get("student", ""), now, schools={})
    except Student.DoesNotExist:
        raise CannotGoOn("unknown_student") from None
    made = Provenance(str(making.asked_by or "A former member of staff"), making.asked_as, now)
    document, table, picture = (workspace / name for name in ("certificate.pdf", "certificate.csv", "first.png"))
    document.write_bytes(to_pdf(certificate, made))
    table.write_bytes("".join(to_csv(certificate, made)).encode())
    draw_first_page(document, picture)
    with pypdfium2.PdfDocument(document) as pdf:
        pages = len(pdf)
    return Made(
        [
            Part("pdf", document, "application/pdf"),
            Part("csv", table, "text/csv; charset=utf-8"),
            Part(PICTURE, picture, "image/png"),
        ],
        rows=len(certificate.answers),
        data_sha256=fingerprint(certificate),
        data_as_of=certificate.as_of,
        pages=pages,
    )
