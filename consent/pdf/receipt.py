"""The receipt: what a guardian has on record, with the notices word for word, as PDF in their language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString

from classwaves_admin.lib.pdf import render_pdf
from consent.models import NoticeText
from consent.notices.markdown import to_html, without_title
from consent.notices.texts import online_notice_url
from consent.queries.own_answers import OwnAnswers

FOLDER = Path(settings.BASE_DIR) / "templates" / "pdf"
STYLESHEETS = (FOLDER / "report.css", FOLDER / "receipt.css")
# Names of files travel further than files: it names nobody.
FILE_NAME = "consent-receipt.pdf"


@dataclass(frozen=True, slots=True)
class ShownNotice:
    """A notice exactly as it was shown; `html` is None where another service showed it."""

    version: str
    title: str
    language: str
    html: SafeString | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A guardian's answers with the notices under which they were given."""

    own: OwnAnswers
    notices: tuple[ShownNotice, ...]
    made_at: datetime


def receipt_of(own: OwnAnswers, now: datetime) -> Receipt:
    """Return a guardian's receipt. One query to the portal's database, none to the warehouse."""
    answers = [answer for child in own.children for answer in child.answers]
    versions = list(dict.fromkeys(answer.consent.notice_version for answer in answers if answer.consent))
    kept = NoticeText.objects.in_bulk(versions)
    return Receipt(own, tuple(_shown(version, kept.get(version)) for version in versions), now)


def _shown(version: str, kept: NoticeText | None) -> ShownNotice:
    if kept is None:
        return ShownNotice(version, "", "", None)
    return ShownNotice(version, kept.title, kept.language, to_html(without_title(kept.text)))


def to_pdf(receipt: Receipt, *, language: str) -> bytes:
    """Return the receipt as PDF/UA-1 in a language; the notices stay in the language in which they were read."""
    context = {
        "receipt": receipt,
        "own": receipt.own,
        "lang": language,
        "notice_url": online_notice_url(receipt.own.school.id),
        "manage_url": settings.PORTAL_URL + reverse("consent-manage"),
    }
    with translation.override(language):
        html = render_to_string("pdf/consent_receipt.html", context)
    return render_pdf(html, stylesheets=STYLESHEETS)
