"""What a printed form asks, and the notices that staff read out or have signed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from classwaves_admin.warehouse.models import Student
from consent.models import Guardian, NoticeText, PaperForm
from consent.notices.texts import Notice
from consent.queries.families import answers_for
from consent.vocabulary import ConsentType


@dataclass(frozen=True, slots=True)
class Paper:
    """A printed form as staff type it in. `gone` counts children of the form who cannot be answered for any more."""

    form: PaperForm
    guardian: Guardian
    children: tuple[Student, ...]
    gone: int
    notices: tuple[Notice, ...]


def paper_of(form: PaperForm) -> Paper:
    """Return a printed form with exactly the children and notices on it. One warehouse query."""
    named = list(form.children.values_list("student_id", flat=True))
    allowed = answers_for(form.guardian_id, named)
    students = Student.objects.filter(school_id=form.school_id, id__in=allowed, status="active")
    children = tuple(students.order_by("display_name", "id"))
    texts = NoticeText.objects.filter(pk__in=form.notices.values("notice_id"))
    return Paper(form, form.guardian, children, len(named) - len(children), in_order(texts))


def in_order(texts: Iterable[NoticeText]) -> tuple[Notice, ...]:
    """Return kept notices as they were shown, in the order in which parents are asked."""
    order = list(ConsentType)
    notices = [
        Notice(one.version, one.school_id, ConsentType(one.consent_type), one.language, one.title, one.text)
        for one in texts
    ]
    return tuple(sorted(notices, key=lambda notice: order.index(notice.consent_type)))


def notice_since(notices: Sequence[Notice], now: datetime, zone: tzinfo) -> date:
    """Return the day since when all of the notices exist: when each was first shown, or today. No warehouse query."""
    shown = NoticeText.objects.filter(pk__in=[notice.version for notice in notices])
    first = dict(shown.values_list("version", "created_at"))
    return max(first.get(notice.version, now).astimezone(zone).date() for notice in notices)
