"""Forms on paper: what is printed, what the code opens, and that it opens it once."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta
from typing import Any

import page as checker
import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.tokens import PAPER_ALPHABET, PAPER_LENGTH
from classwaves_admin.warehouse.models import AuditLog, ParentalConsent, School, Student
from consent.actions.paper import Printed, find_form, print_forms
from consent.forms.signed import field_name
from consent.models import Answer, Guardian, Guardianship, NoticeText, PaperForm
from consent.pdf.paper import PaperPage, render_forms
from consent.queries.printing import sheets_for
from consent.vocabulary import ASKED_TYPES
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import ADMIN, reloaded, today

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]
CODE = re.compile(rf"\b([{PAPER_ALPHABET}]{{5}}-[{PAPER_ALPHABET}]{{5}})\b")


def printed(*guardians: Guardian) -> list[Printed]:
    """Print a form for each guardian."""
    return print_forms(wanted=[sheet.wanted for sheet in _sheets(*guardians)], by=ADMIN, now=now())


def _sheets(*guardians: Guardian) -> Any:
    return sheets_for([one.id for one in guardians], now())


def pdf_for(*guardians: Guardian, language: str = "") -> bytes:
    """Return the file of these guardians' forms; `language` stands in for the form's own."""
    pages = []
    for one, sheet in zip(printed(*guardians), _sheets(*guardians), strict=True):
        if language:
            one.form.language = language
        pages.append(PaperPage(one, sheet.school, sheet.children, sheet.wanted.notices))
    return render_forms(pages)


def words(pdf: bytes) -> str:
    """Return the text of all pages with single spaces."""
    return re.sub(r"\s+", " ", " ".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf)).pages))


def form_for(*children: Student, **given: str) -> dict[str, str]:
    """Return what the page sends: yes to everything, but for types given as `audio="no"`."""
    kinds = [(child, kind) for child in children for kind in ASKED_TYPES]
    answers = {field_name(kind, child): given.get(kind.name.lower(), "yes") for child, kind in kinds}
    signed = {"signer_name": "Maria Lopez", "relationship": "mother", "method": "signed_form"}
    return answers | signed | {"checked_on": today().isoformat(), "reference": "Cabinet 3"}


def type_in(office: Client, code: str) -> Any:
    """Type a code, follow to the form's page and return it."""
    return office.post(reverse("paper-enter"), {"code": code}, follow=True)


def send(office: Client, page: Any, *children: Student, **given: str) -> Any:
    """Send the form that a page shows."""
    return office.post(page.request["PATH_INFO"], form_for(*children, **given) | {"shown": page.context["form"].digest})


class TestPrinting:
    """The file."""

    def test_it_holds_the_whole_notice_and_a_question_for_each_child(self, school: School, child: Student) -> None:
        """In Spanish for María, in English for Jon; first names alone; one page to give back."""
        brother = make.student(school=school, display_name="Leo Lopez")
        mother = families.guardian(child, brother, name="María Ruiz", language="es", email="")
        father = families.guardian(child, name="Jon Ruiz", email="")
        pdf = pdf_for(mother, father)
        text = words(pdf)
        for expected in (
            "¿Puede Leo participar en ClassWaves?",
            "May Ana take part in ClassWaves?",
            "Participar en ClassWaves",
            "Sharing with others",
            "María Ruiz",
            "Jon Ruiz",
            "Legal guardian",
            "Tutor o tutora legal",
            "office@harbour.example",
            "service_collection_use@",
        ):
            assert expected in text, expected
        assert "Lopez" not in text
        assert len(set(CODE.findall(text))) == 2
        assert NoticeText.objects.count() == 8
        last = [one.extract_text() for one in PdfReader(io.BytesIO(pdf)).pages][-1]
        assert "Give this part back" in last or "Devuelva esta parte" in last

    @pytest.mark.parametrize("language", ["en", "es", "ar"])
    def test_it_is_accessible_in_every_direction(self, school: School, child: Student, language: str) -> None:
        """A PDF/UA-1 checker finds nothing, from left to right and from right to left."""
        guardian = families.guardian(child, name="ليلى حداد" if language == "ar" else "Maria Ruiz", email="")
        pdf = pdf_for(guardian, language=language)
        report = checker.validate_pdf_bytes(pdf, profile="ua1")
        assert report.is_compliant, [failure.message for failure in report.failures]
        root: Any = PdfReader(io.BytesIO(pdf)).trailer["/Root"]
        assert root["/Lang"] == language

    def test_each_form_counts_its_own_pages(self, school: School, child: Student) -> None:
        """A family that gets one form out of many sees page 1 first."""
        guardians = [families.guardian(child, name=f"Parent {n}", email="") for n in range(3)]
        pages = [one.extract_text() for one in PdfReader(io.BytesIO(pdf_for(*guardians))).pages]
        starts = [one for one in pages if "May your child use ClassWaves?" in one]
        assert len(starts) == 3
        assert all("Page 1" in one for one in starts)

    def test_only_a_hash_of_the_code_is_kept(self, child: Student) -> None:
        """The code stands on the paper and nowhere else."""
        (one,) = printed(families.guardian(child))
        assert len(one.code) == PAPER_LENGTH
        rows = [*PaperForm.objects.values_list(), *AuditLog.objects.values_list()]
        assert one.code not in str(rows)
        assert one.code not in repr(one)

    def test_printing_is_logged(self, child: Student) -> None:
        """Who printed, which forms, about whom, under which notices."""
        (one,) = printed(families.guardian(child))
        row = AuditLog.objects.get(event_type="report.generated")
        data = json.loads(row.data_accessed or "")
        assert (row.resource_id, json.loads(row.affected_student_ids or "")) == ("paper_form", [child.id])
        assert data["forms"] == [one.form.id]
        assert len(data["notices"]) == 4

    def test_who_may_not_answer_gets_no_form(self, school: School, child: Student) -> None:
        """A court order, an unknown relationship, an adult child, one who left: nothing to print."""
        adult, left = make.student(school=school), make.student(school=school, status="inactive")
        make.coppa(student=adult, birth_year=now().year - 19, is_under_13=False)
        out = [
            families.guardian(child, restricted=True),
            families.guardian(child, restricted_at=now()),
            families.guardian(child, relationship=""),
            families.guardian(adult),
            families.guardian(left),
        ]
        assert _sheets(*out) == []

    def test_the_buttons_give_the_file(self, office: Client, school: School, child: Student) -> None:
        """One guardian, all guardians of a student, and all without an address of a school."""
        mother = families.guardian(child, email="")
        families.guardian(child, name="Jon Ruiz")
        families.guardian(child, restricted=True)
        tie = Guardianship.objects.get(guardian=mother)
        one = office.post(reverse("paper-guardian", args=[tie.id]))
        assert (one["Content-Type"], one["Cache-Control"]) == ("application/pdf", "private, no-store")
        both = office.post(reverse("paper-student", args=[child.id]))
        assert len(set(CODE.findall(words(both.content)))) == 2
        many = {"school": school.id, "grade": ""}
        counted = office.post(reverse("paper-print"), many)
        assert counted.context["guardians"] == 0  # the mother has one already
        counted = office.post(reverse("paper-print"), many | {"again": "on"})
        assert counted.context["guardians"] == 1
        file = office.post(reverse("paper-print"), many | {"again": "on", "print": "yes"})
        assert mother.name in words(file.content)
        assert "Jon Ruiz" not in words(file.content)

    def test_many_are_printed_in_parts(self, office: Client, school: School, settings: Any) -> None:
        """One file is capped and says so; printing again goes on with the next."""
        settings.CONSENT_PAPER_MOST = 2
        names = ["Abe", "Bea", "Cid"]
        for name in names:
            families.guardian(make.student(school=school), name=name, email="")
        form = {"school": school.id, "grade": ""}
        assert "One file holds 2 forms" in office.post(reverse("paper-print"), form).content.decode()
        first = words(office.post(reverse("paper-print"), form | {"print": "yes"}).content)
        second = words(office.post(reverse("paper-print"), form | {"print": "yes"}).content)
        assert [name in first for name in names] == [True, True, False]
        assert [name in second for name in names] == [False, False, True]

    def test_a_blank_in_the_notice_prints_nothing(self, office: Client, school: School, child: Student) -> None:
        """The page names the blank; no code is made."""
        make.retention_policy(school=school, policy_type="audio_recordings", retention_days=0, delete_after_days=0)
        tie = Guardianship.objects.get(guardian=families.guardian(child))
        page = office.post(reverse("paper-guardian", args=[tie.id]), follow=True).content.decode()
        assert "how long recordings are kept" in page
        assert not PaperForm.objects.exists()


class TestTyping:
    """The code and its form."""

    def test_the_code_leads_to_exactly_that_form(self, office: Client, school: School, child: Student) -> None:
        """The children and the words that were printed, also after the notice has changed; verified at once."""
        brother = make.student(school=school, display_name="Leo Lopez")
        (one,) = printed(families.guardian(child, brother, email=""))
        versions = set(NoticeText.objects.values_list("version", flat=True))
        make.retention_policy(school=school, policy_type="audio_recordings", retention_days=20, delete_after_days=20)
        page = type_in(office, f" {one.code[:5].lower()} – {one.code[5:].lower()} ")
        assert {shown.child.id for shown in page.context["form"].questions()} == {child.id, brother.id}
        assert send(office, page, child, brother).status_code == 302
        assert {row.consent_text_version for row in ParentalConsent.objects.all()} == versions
        assert ParentalConsent.objects.count() == 8
        assert reloaded(child).data_sharing_consent
        assert reloaded(brother).audio_recording_consent
        assert PaperForm.objects.get().used_at

    def test_a_code_is_good_once(self, office: Client, child: Student) -> None:
        """The second typing finds nothing, and a page that is still open records nothing twice."""
        (one,) = printed(families.guardian(child))
        page, again = type_in(office, one.code), type_in(office, one.code)
        send(office, page, child)
        late = send(office, again, child, service="no")
        assert late.status_code == 302
        assert Answer.objects.count() == 4
        assert reloaded(child).has_parental_consent
        assert find_form(one.code, now=now()) is None
        assert type_in(office, one.code).status_code == 422

    def test_printing_again_kills_the_old_code(self, office: Client, child: Student) -> None:
        """Of two papers of one person the newer one counts."""
        guardian = families.guardian(child)
        ((old,), (new,)) = (printed(guardian), printed(guardian))
        assert find_form(old.code, now=now()) is None
        assert find_form(new.code, now=now()) == new.form

    def test_a_code_runs_out(self, child: Student) -> None:
        """After CONSENT_PAPER_DAYS it opens nothing."""
        (one,) = printed(families.guardian(child))
        with time_machine.travel(now() + timedelta(days=91)):
            assert find_form(one.code, now=now()) is None

    def test_another_schools_code_opens_nothing(self, office: Client) -> None:
        """Neither by the code nor by the address behind it."""
        stranger = make.student()
        (one,) = printed(families.guardian(stranger))
        assert type_in(office, one.code).status_code == 422
        assert office.get(reverse("paper-answer", args=[one.form.id])).status_code == 404

    def test_the_page_opens_for_who_typed_the_code_alone(self, office: Client, child: Student) -> None:
        """An address that somebody passes on leads back to the code."""
        (one,) = printed(families.guardian(child))
        page = office.get(reverse("paper-answer", args=[one.form.id]), follow=True)
        assert "Type the code of the form first" in page.content.decode()
        assert child.display_name not in page.content.decode()

    def test_guessing_is_slowed(self, office: Client, child: Student) -> None:
        """After twenty wrong codes even the right one has to wait."""
        cache.clear()
        (one,) = printed(families.guardian(child))
        for n in range(20):
            assert type_in(office, f"{n:010}").status_code == 422
        assert type_in(office, one.code).status_code == 429

    @pytest.mark.parametrize("code", ["", "short", "X" * 41, "\0\0", "🙂" * 10, "' OR 1=1 --"])
    def test_what_is_no_code_is_told(self, office: Client, code: str) -> None:
        """Odd input gets the form back."""
        assert office.post(reverse("paper-enter"), {"code": code}).status_code == 422

    def test_a_child_whom_the_person_may_not_answer_for_any_more_is_left_out(
        self, office: Client, school: School, child: Student
    ) -> None:
        """A court order between printing and typing holds."""
        brother = make.student(school=school, display_name="Leo Lopez")
        (one,) = printed(families.guardian(child, brother))
        Guardianship.objects.filter(student_id=child.id).update(restricted=True)
        page = type_in(office, one.code)
        assert "Not all children of the form are shown" in page.content.decode()
        assert "Ana" not in page.content.decode()
        assert send(office, page, brother).status_code == 302
        assert not ParentalConsent.objects.filter(student=child).exists()

    def test_the_form_cannot_be_older_than_its_print(self, office: Client, child: Student) -> None:
        """Nobody signed it before it was printed."""
        (one,) = printed(families.guardian(child))
        page = type_in(office, one.code)
        day = (today() - timedelta(days=1)).isoformat()
        answer = office.post(
            page.request["PATH_INFO"],
            form_for(child) | {"shown": page.context["form"].digest, "checked_on": day},
        )
        assert answer.status_code == 422
        assert PaperForm.objects.get().used_at is None

    def test_a_sibling_left_blank_gets_no_answer(self, office: Client, school: School, child: Student) -> None:
        """Who is not marked at all stays as they were."""
        brother = make.student(school=school, display_name="Leo Lopez")
        (one,) = printed(families.guardian(child, brother))
        page = type_in(office, one.code)
        blank = {field_name(kind, brother): "" for kind in ASKED_TYPES}
        sent = form_for(child, brother) | blank | {"shown": page.context["form"].digest}
        assert office.post(page.request["PATH_INFO"], sent).status_code == 302
        assert set(Answer.objects.values_list("student_id", flat=True)) == {child.id}


def test_a_form_of_an_unknown_language_falls_back_as_a_whole(child: Student) -> None:
    """A guardian whose language we do not have gets English notices on an English form."""
    guardian = families.guardian(child, language="tl")
    (one,) = printed(guardian)
    assert one.form.language == "en"
    assert {notice.language for notice in _sheets(guardian)[0].wanted.notices} == {"en"}
