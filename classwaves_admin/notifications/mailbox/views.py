"""The mailbox of development: every mail that the portal would have sent."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from classwaves_admin.notifications.frame import SANDBOX, in_frame, page_of, with_frame
from classwaves_admin.notifications.mailbox import files


@require_safe
def mail_list(request: HttpRequest) -> HttpResponse:
    """Show the newest mails."""
    return render(request, "notifications/mailbox.html", {"mails": files.newest()})


@require_safe
@with_frame
def mail(request: HttpRequest, file: str, number: int) -> HttpResponse:
    """Show one mail: headers, plain text, HTML in a frame, attachments."""
    return render(request, "notifications/mail.html", {"mail": _found(file, number), "sandbox": SANDBOX})


@require_safe
@in_frame
def mail_html(request: HttpRequest, file: str, number: int) -> HttpResponse:
    """Return the HTML of a mail as a page of its own, for the frame."""
    return page_of(_found(file, number).html)


@require_safe
def mail_attachment(request: HttpRequest, file: str, number: int, position: int) -> HttpResponse:
    """Return an attachment as a download; positions count from 1."""
    attachments = _found(file, number).attachments
    if not 1 <= position <= len(attachments):
        raise Http404("No such attachment.")
    attachment = attachments[position - 1]
    disposition = content_disposition_header(as_attachment=True, filename=attachment.name) or "attachment"
    headers = {"Content-Disposition": disposition}
    return HttpResponse(attachment.content, content_type=attachment.content_type, headers=headers)


def _found(file: str, number: int) -> files.StoredMail:
    found = files.find(file, number)
    if found is None:
        raise Http404("No such mail.")
    return found
