"""The written retention policy is public: today's and those before, on a page and as PDF, in both languages."""

from __future__ import annotations

import io
from datetime import timedelta

import page as page_validation
import pypdfium2
import pytest
import time_machine
from django.test import Client

from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.inventory.periods import Periods
from classwaves_admin.warehouse.models import School
from retention.actions.changes import make_change
from tests.factories import catalog as make
from tests.factories import policies as factory

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]


def page(school: School, **asked: str) -> str:
    """Return the public page as a stranger sees it."""
    return Client().get(f"/policy/{school.pk}/", asked).content.decode()


def test_everybody_reads_how_long_data_stay(school: School) -> None:
    """Every kind has its purpose and its days; nobody has to sign in."""
    make.retention_policy(school=school, retention_days=100, delete_after_days=120)
    shown = page(school)
    assert "120 days (about 4 months)" in shown
    assert shown.count("What for:") == 11
    assert school.admin_email in shown
    assert "Para qué:" in page(school, lang="es")


def test_older_versions_stay_to_be_read(school: School, frozen_now: time_machine.Traveller) -> None:
    """A version is named by its day and says what held at its end; a day that is none is not found."""
    make.retention_policy(school=school, retention_days=200, delete_after_days=300)
    for days, end in ((3, 250), (5, 220)):
        frozen_now.shift(timedelta(days=days))
        change = factory.change(school, periods=Periods(None, 100, end))
        make_change(change=change, by=factory.BY, now=now() + timedelta(seconds=1))
    today = now().date()
    assert "220 days" in page(school)
    for back, words in ((1, "250 days"), (6, "300 days")):
        older = page(school, on=str(today - timedelta(days=back)))
        assert words in older
        assert "This is an older version" in older
    assert "This is an older version" not in page(school, on=str(today + timedelta(days=9)))
    assert f"on={today - timedelta(days=6)}" in page(school)
    assert Client().get(f"/policy/{school.pk}/", {"on": "soon"}).status_code == 404
    assert Client().get("/policy/nobody/").status_code == 404


@pytest.mark.parametrize(("language", "words"), [("en", "How long the school keeps data"), ("es", "Cuánto tiempo")])
def test_the_paper_says_the_same(school: School, language: str, words: str) -> None:
    """The PDF is in the reader's language, and one print serves the next reader."""
    answers = [Client().get(f"/policy/{school.pk}/policy.pdf", {"lang": language}) for _ in range(2)]
    assert answers[0].content == answers[1].content
    with pypdfium2.PdfDocument(io.BytesIO(answers[0].content)) as paper:
        text = "".join(sheet.get_textpage().get_text_range() for sheet in paper)
    assert words in text
    assert "Confidential" not in text
    report = page_validation.validate_pdf_bytes(answers[0].content, profile="ua1")
    assert report.is_compliant, [failure.message for failure in report.failures]
