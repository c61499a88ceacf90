"""Consent forms for people without an e-mail address, as PDF/UA-1 in their language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from classwaves_admin.lib.pdf import render_pdf
from classwaves_admin.schools.queries import time_zone
from classwaves_admin.warehouse.models import School, Student
from consent.actions.paper import Printed
from consent.notices.markdown import to_html, without_title
from consent.notices.texts import Notice
from consent.questions import question_about
from consent.rules.names import first_name, one_line
from consent.vocabulary import PARENTAL_RELATIONSHIPS, Relationship

STYLESHEET = Path(settings.BASE_DIR) / "templates" / "pdf" / "consent_form.css"


@dataclass(frozen=True, slots=True)
class PaperPage:
    """One form with what is printed on it. `own` is for an adult student, who answers alone (34 CFR 99.5)."""

    printed: Printed
    school: School
    children: tuple[Student, ...]
    notices: tuple[Notice, ...]
    own: bool = False


def render_forms(pages: Sequence[PaperPage]) -> bytes:
    """Return the forms one after the other, each in its own language, with its own page numbers."""
    turns = cycle("ab")
    forms = [_form(page, group=next(turns)) for page in pages]
    language = pages[0].printed.form.language
    with translation.override(language):
        context = {
            "title": translation.gettext("Consent form"),
            "lang": language,
            "dir": _direction(),
            "forms": forms,
        }
        return render_pdf(render_to_string("pdf/consent_form.html", context), stylesheets=[STYLESHEET])


def _form(page: PaperPage, *, group: str) -> SafeString:
    """Return the markup of one form in the language of its notices."""
    form = page.printed.form
    zone = time_zone(form.school_id)
    with translation.override(form.language):
        context: Mapping[str, object] = {
            "lang": form.language,
            "dir": _direction(),
            "group": group,
            "school": one_line(page.school.name),
            "contact": one_line(page.school.admin_email or ""),
            "guardian": one_line(form.guardian.name),
            "code": in_groups(page.printed.code),
            "printed_on": date_format(timezone.localtime(form.printed_at, zone), "DATE_FORMAT"),
            "good_until": date_format(timezone.localtime(form.expires_at, zone), "DATE_FORMAT"),
            "notices": [
                {"title": one.title, "version": one.version, "html": to_html(without_title(one.text))}
                for one in page.notices
            ],
            "children": [_child(child, page) for child in page.children],
            "several": len(page.children) > 1,
            "own": page.own,
            "relationships": [] if page.own else [one.label for one in Relationship if one in PARENTAL_RELATIONSHIPS],
        }
        return render_to_string("pdf/_consent_form.html", context)


def _child(child: Student, page: PaperPage) -> Mapping[str, object]:
    name = first_name(child.display_name)
    return {
        "name": name,
        "questions": [question_about(notice.consent_type, name, own=page.own) for notice in page.notices],
    }


def _direction() -> str:
    return "rtl" if translation.get_language_bidi() else "ltr"


def in_groups(code: str) -> str:
    """Return a code as it is printed, in two groups."""
    half = len(code) // 2
    return f"{code[:half]}-{code[half:]}"
