"""Downloads of the consent certificate."""

from __future__ import annotations

from django.http import Http404, HttpResponse

from audit.actions import note_report
from audit.queries.certificate import certificate_of
from audit.reports import consent_certificate as report
from audit.rules.certificate import NAME, Certificate
from classwaves_admin.accounts.requests import StaffRequest
from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import Student


def certificate_pdf(request: StaffRequest, student_id: str) -> HttpResponse:
    """Download the certificate as PDF."""
    certificate = _gathered(request, student_id)
    content = report.to_pdf(certificate, _made(request, certificate))
    return _download(request, certificate, content, "pdf", "application/pdf")


def certificate_csv(request: StaffRequest, student_id: str) -> HttpResponse:
    """Download the same as CSV."""
    certificate = _gathered(request, student_id)
    content = "".join(report.to_csv(certificate, _made(request, certificate))).encode()
    return _download(request, certificate, content, "csv", "text/csv; charset=utf-8")


def _gathered(request: StaffRequest, student_id: str) -> Certificate:
    try:
        return certificate_of(student_id, now(), schools=dict(request.school_choices))
    except Student.DoesNotExist:
        raise Http404("No such student in your schools.") from None


def _made(request: StaffRequest, certificate: Certificate) -> report.Provenance:
    role = request.access.role
    return report.Provenance(name=str(request.user), role=role.label if role else "", at=certificate.as_of)


def _download(
    request: StaffRequest, certificate: Certificate, content: bytes, extension: str, content_type: str
) -> HttpResponse:
    """Record the report and hand it over; it is written to no cache."""
    note_report(
        by=request.actor,
        report=NAME,
        file_format=extension,
        school_id=certificate.school_id,
        students=[certificate.student_id],
        rows=len(certificate.answers),
        sha256=report.fingerprint(certificate),
    )
    name = report.file_name(extension)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type=content_type, headers=headers)
