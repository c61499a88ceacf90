"""A third language, written from right to left: its line in LANGUAGES and its files are all that it takes."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.urls import reverse

from classwaves_admin.warehouse.models import NotificationQueue, ParentalConsent, School, Student
from consent.models import Answer, Invitation, NoticeText
from consent.notices import shipped
from consent.rules.notices import faults
from consent.vocabulary import ASKED_TYPES, ConsentType
from tests.arabic import FOLDER, with_arabic
from tests.factories import catalog as make
from tests.factories import families, people
from tests.integration.consent.conftest import Parent, answers_for, ask, field_of, reloaded

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
]
QUESTION = "هل يُسمح للمدرسة بتسجيل صوت Ana وتحويله إلى نص؟"


@pytest.fixture
def arabic() -> Iterator[None]:
    """Let the portal speak Arabic."""
    with override_settings(**with_arabic(settings)):
        yield


@pytest.fixture
def mother(arabic: None, child: Student) -> Parent:
    """Return a mother who reads Arabic."""
    return Parent(families.guardian(child, name="ليلى حداد", language="ar"))


def test_the_whole_way_is_arabic(school: School, child: Student, mother: Parent) -> None:
    """Mail, notice, questions, summary, second mail, confirmation; the consent names the Arabic text."""
    ask(school, child)
    letter = mother.letters()[-1]
    assert letter.subject == "Harbour School تطلب موافقتكم بشأن Ana"
    assert "# المشاركة" not in letter.body
    assert "المشاركة في ClassWaves" in letter.body
    html = str(letter.alternatives[0][0])
    assert '<html lang="ar" dir="rtl">' in html
    assert "القراءة والإجابة" in html

    page = mother.get(mother.link())
    said = page.content.decode()
    assert page["Content-Language"] == "ar"
    assert '<html lang="ar" dir="rtl">' in said
    assert "<h2>تسجيل صوت طفلكم وتحويله إلى نص</h2>" in said
    assert "تسجيلات الصوت: 30 يومًا" in said  # the plural of many, of six
    assert QUESTION in said

    summary = mother.check(mother.link(), answers_for(child, third_party="no"))
    assert "يرجى المراجعة قبل الإرسال" in summary.content.decode()
    thanks = mother.send(mother.link(), summary, follow=True)
    assert "شكرًا لكم. حُفظت إجاباتكم." in thanks.content.decode()
    assert mother.letters()[-1].subject == "أكّدوا إجاباتكم بشأن Ana"
    done = mother.post(mother.link("/c/v/"), {}, follow=True).content.decode()
    assert "تم التأكيد. شكرًا لكم." in done
    assert 'dir="rtl"' in done
    assert mother.letters()[-1].subject == "إجاباتكم بشأن Ana مسجّلة"

    versions = {row.consent_text_version for row in ParentalConsent.objects.all()}
    assert {version.split("/")[1] for version in versions} == {"ar"}
    assert NoticeText.objects.get(consent_type="audio_recording").text.startswith("# تسجيل صوت طفلكم")
    assert Invitation.objects.get().language == "ar"
    assert NotificationQueue.objects.filter(subject__startswith="أكّدوا").exists()
    assert reloaded(child).audio_recording_consent


def test_the_language_switch_keeps_the_place(school: School, child: Student, mother: Parent) -> None:
    """From Arabic to English and back: what was typed and chosen stays, and the page turns round."""
    ask(school, child)
    link = mother.link()
    typed = {field_of(ConsentType.AUDIO, child): "no", "signer_name": "ليلى"}
    english = mother.post(link, typed | {"language": "en"}).content.decode()
    assert '<html lang="en" dir="ltr">' in english
    back = mother.browser.post(link, _fields(english) | typed | {"language": "ar"}).content.decode()
    assert '<html lang="ar" dir="rtl">' in back
    assert QUESTION in back
    assert 'value="ليلى"' in back
    assert re.search(rf'name="{field_of(ConsentType.AUDIO, child)}"[^>]* value="no"[^>]* checked', back)
    assert not Answer.objects.exists()


def _fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))


def test_mistakes_are_said_in_arabic(school: School, child: Student, mother: Parent) -> None:
    """What is missing, and where."""
    ask(school, child)
    page = mother.post(mother.link(), {"signer_name": ""})
    said = page.content.decode()
    assert page.status_code == 422
    assert "اختاروا نعم أو لا." in said
    assert "اكتبوا اسمكم الكامل." in said


def test_the_office_writes_arabic_notices(arabic: None, school: School) -> None:
    """The list has them; the text is written from right to left inside an English page."""
    client = Client()
    client.force_login(people.staff("admin", school=school, email="office@harbour.example")[0])
    assert client.get(reverse("notice-list")).content.decode().count("Arabic") >= len(ASKED_TYPES)
    address = [school.id, "audio_recording", "ar"]
    page = client.get(reverse("notice-edit", args=address)).content.decode()
    assert '<html lang="en" dir="ltr">' in page
    box = next(tag for tag in re.findall("<textarea[^>]*>", page) if 'name="text"' in tag)
    assert 'lang="ar"' in box
    assert 'dir="rtl"' in box
    assert re.search(r'class="cw-paper cw-parent" lang="ar" dir="rtl"', page)
    typed = {"text": shipped.source("ar", ConsentType.AUDIO)}
    preview = client.post(reverse("notice-preview", args=address), typed).content.decode()
    assert '<html lang="ar" dir="rtl">' in preview
    assert "هل يُسمح للمدرسة بتسجيل صوت سامي" in preview


def test_the_public_notice_is_there_in_arabic(arabic: None, school: School) -> None:
    """312.4(d), for readers without a link."""
    page = Client().get(reverse("online-notice", args=[school.id]), {"lang": "ar"}).content.decode()
    assert "حقوقكم" in page
    assert 'dir="rtl"' in page


@pytest.mark.parametrize("kind", ASKED_TYPES)
def test_the_arabic_notices_have_no_fault(arabic: None, kind: ConsentType) -> None:
    """The checks know no language: what 312.4(c) asks for is told by slots."""
    words = shipped.own_words("ar", kind)
    assert not faults(kind, shipped.source("ar", kind), words, sentences=shipped.sentences("ar"), shipped=words)


def test_a_language_without_notices_reads_english_as_a_whole(school: School, child: Student) -> None:
    """Never a notice in parts: a language counts once its notices are written."""
    with override_settings(LANGUAGES=[*settings.LANGUAGES, ("fr", "Français")]):
        assert "fr" not in shipped.languages()
        father = Parent(families.guardian(child, language="fr"))
        ask(school, child)
        assert "<h2>Taking part in ClassWaves</h2>" in father.get(father.link()).content.decode()


def test_the_compiled_words_are_the_written_ones() -> None:
    """Who edits the .po file compiles it."""
    folder = FOLDER / "locale" / "ar" / "LC_MESSAGES"
    source = (folder / "django.po").read_text(encoding="utf-8")
    with (folder / "django.mo").open("rb") as file:
        catalog = gettext.GNUTranslations(file)
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', source, re.MULTILINE)
    assert len(pairs) > 80
    assert all(catalog.gettext(text) == translated for text, translated in pairs)


def test_retention_periods_have_arabic_plurals(arabic: None, school: School) -> None:
    """One, two, few and many are different words."""
    words = {1: "يوم واحد", 2: "يومان", 5: "أيام", 45: "يومًا", 100: "يوم"}
    for days, word in words.items():
        make.retention_policy(
            school=school, policy_type="audio_recordings", retention_days=days, delete_after_days=days
        )
        page = Client().get(reverse("online-notice", args=[school.id]), {"lang": "ar"}).content.decode()
        assert re.search(rf"تسجيلات الصوت: [^<]*{word}", page)
