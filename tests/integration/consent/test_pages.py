"""The parents' pages: languages, forms that keep what was typed, weight, queries, a warehouse that sleeps."""

from __future__ import annotations

import gzip
import re

import pytest
from django.contrib.staticfiles import finders
from django.db import OperationalError, connections
from django.test.utils import CaptureQueriesContext

from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import AuditLog, ParentalConsent, School, Student
from consent.models import Invitation, NoticeText
from consent.queries import answer_page
from consent.vocabulary import ConsentType
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import Parent, answers_for, ask, field_of, hidden

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]

HUNDRED_KILOBYTES = 100_000


def checked(page: str, name: str) -> str:
    """Return the value of the radio button that is chosen, or nothing."""
    found = re.findall(rf'<input type="radio" name="{name}"[^>]*>', page)
    assert len(found) == 2
    chosen = [tag for tag in found if " checked" in tag]
    return re.findall(r'value="([^"]*)"', chosen[0])[0] if chosen else ""


def test_nothing_is_ticked_for_the_parent(school: School, child: Student) -> None:
    """Each type is asked on its own, and no answer is chosen beforehand (312.5)."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    page = parent.get(parent.link()).content.decode()
    for kind in (ConsentType.SERVICE, ConsentType.AUDIO, ConsentType.AI, ConsentType.THIRD_PARTY):
        assert checked(page, field_of(kind, child)) == ""
    for unasked in (ConsentType.VOICEPRINT, ConsentType.MODEL_TRAINING, ConsentType.SCHOOL_AUTHORIZATION):
        assert unasked.value not in page


@pytest.mark.parametrize("answers", [None, {"signer_name": "Inés"}])
def test_every_word_is_in_the_language_of_the_request(
    school: School, child: Student, answers: dict[str, str] | None
) -> None:
    """A guardian who speaks Spanish reads questions and mistakes in Spanish in a browser that asks for English."""
    parent = Parent(families.guardian(child, language="es"))
    ask(school, child)
    link = parent.link()
    page = (parent.get(link) if answers is None else parent.post(link, answers)).content.decode()
    assert "participar en ClassWaves?" in page
    for english in ("take part in", "May the school", "Choose yes or no", "Please"):
        assert english not in page


def test_a_form_with_mistakes_says_so_and_keeps_everything(school: School, child: Student) -> None:
    """An answer that is missing and a yes that rests on a no are named; the rest stays as typed."""
    parent = Parent(families.guardian(child, name="Zoë <b>"))
    ask(school, child)
    refused = parent.answer(parent.link(), answers_for(child, service="no", audio="yes", ai="", third_party="no"))
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "Recording needs a yes to taking part" in page
    assert page.count("Choose yes or no.") == 0
    assert checked(page, field_of(ConsentType.SERVICE, child)) == "no"
    assert checked(page, field_of(ConsentType.AUDIO, child)) == "yes"
    assert 'value="Zoë &lt;b&gt;"' in page
    assert re.search(r'<option value="mother"[^>]* selected', page)
    assert not ParentalConsent.objects.exists()

    empty = parent.post(parent.link(), {"signer_name": "123", "relationship": "self"}).content.decode()
    assert empty.count('class="usa-error-message"') == 6
    assert "Type your full name." in empty


def test_the_language_switch_keeps_the_place(school: School, child: Student) -> None:
    """Changing the language shows the same page in Spanish with what was typed, and records nothing."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    typed = {field_of(ConsentType.AUDIO, child): "no", "signer_name": "María", "language": "es"}
    switched = parent.post(parent.link(), typed)
    page = switched.content.decode()
    assert switched["Content-Language"] == "es"
    assert '<html lang="es"' in page
    assert "¿Puede la escuela grabar y transcribir la voz de Ana?" in page
    assert checked(page, field_of(ConsentType.AUDIO, child)) == "no"
    assert 'value="María"' in page
    assert "usa-error-message" not in page
    assert not ParentalConsent.objects.exists()


def test_an_answer_in_spanish_is_kept_with_the_spanish_notice(school: School, child: Student) -> None:
    """The version on the row names the language that was read; mails after it are in that language."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    said = answers_for(child) | {"signer_name": "María", "relationship": "mother"}
    page = hidden(parent.browser.get(parent.link(), {"lang": "es"}))
    assert page["lang"] == "es"
    summary = parent.browser.post(parent.link(), page | said)
    thanks = parent.send(parent.link(), summary, follow=True)
    assert "Falta un paso" in thanks.content.decode()
    assert {row.consent_text_version.split("/")[1] for row in ParentalConsent.objects.all()} == {"es"}
    assert parent.letters()[-1].subject == "Confirme sus respuestas para Ana"
    assert Invitation.objects.get().language == "es"


def test_a_notice_that_changed_meanwhile_is_read_again(school: School, child: Student) -> None:
    """Answers count for the text that was on the page, never for another one."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    opened = hidden(parent.get(parent.link()))
    make.retention_policy(school=school, policy_type="audio_recordings", retention_days=14, delete_after_days=14)
    form = opened | answers_for(child) | {"signer_name": "María", "relationship": "mother"}
    again = parent.browser.post(parent.link(), form)
    shown = again.content.decode()
    assert again.status_code == 422
    assert "The notice changed while you were reading" in shown
    assert "14 days" in shown
    assert checked(shown, field_of(ConsentType.SERVICE, child)) == "yes"
    assert parent.answer(parent.link(), answers_for(child)).status_code == 302
    version = ParentalConsent.objects.get(consent_type="audio_recording").consent_text_version
    assert "14 days" in NoticeText.objects.get(version=version).text


def test_opening_the_page_asks_the_catalog_three_times_however_many_children(school: School) -> None:
    """The number of queries does not grow with the children."""
    counts = []
    for size in (1, 6):
        children = [make.student(school=school) for _ in range(size)]
        parent = Parent(families.guardian(*children))
        ask(school, *children)
        page = parent.link()
        with (
            CaptureQueriesContext(connections["warehouse"]) as catalog,
            CaptureQueriesContext(connections["default"]) as portal,
        ):
            assert parent.get(page).status_code == 200
        counts.append((len(catalog), len(portal)))
    assert counts[0] == counts[1]
    assert counts[0][0] <= 3


def test_the_first_visit_is_light_and_asks_this_server_alone(school: School, child: Student) -> None:
    """Page, stylesheet, scripts and icons weigh under 100 KB as gzip sends them, and none is from elsewhere."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    page = parent.get(parent.link()).content
    parts = set(re.findall(r'<(?:script|img|use)[^>]+(?:src|href)="([^"#]+)', page.decode()))
    parts |= set(re.findall(r'<link[^>]+rel="(?:stylesheet|icon)"[^>]+href="([^"]+)"', page.decode()))
    weight = len(gzip.compress(page))
    for part in parts:
        assert part.startswith("/static/"), part
        path = finders.find(part.removeprefix("/static/"))
        assert path, part
        weight += len(gzip.compress(open(str(path), "rb").read()))  # noqa: PTH123, SIM115
    assert parts
    assert weight < HUNDRED_KILOBYTES


def test_pages_carry_no_inline_style_or_script(school: School, child: Student) -> None:
    """The content security policy has nothing to refuse."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    paths = [parent.link(), "/c/none/", "/c/code/", "/c/fresh/", "/c/fresh/sent/", f"/notice/{school.id}/"]
    parent.answer(paths[0], answers_for(child))
    for path in [*paths, parent.link("/c/v/"), f"{paths[0]}thanks/"]:
        page = parent.get(path).content.decode()
        assert " style=" not in page, path
        assert not re.search(r"<script(?![^>]+src=)", page), path
        assert not re.search(r"\son[a-z]+=", page), path


def test_a_warehouse_that_sleeps_loses_no_answer(
    school: School, child: Student, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says that nothing is saved yet and offers what was typed again."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    page = parent.link()

    def asleep(school_id: str) -> None:
        raise OperationalError("the server is asleep")

    with monkeypatch.context() as patch:
        patch.setattr(answer_page, "school_facts", asleep)
        opened = parent.get(page)
        form = answers_for(child) | {"signer_name": "María", "relationship": "mother"}
        sent = parent.browser.post(page, hidden(parent.get("/c/fresh/")) | form)
    assert (opened.status_code, sent.status_code) == (503, 503)
    assert "your link stays good" in opened.content.decode()
    assert form.items() <= hidden(sent).items()
    assert not AuditLog.objects.filter(event_type="consent.granted").exists()


def test_the_schools_notice_is_open_to_everyone(school: School) -> None:
    """312.4(d): no link, no sign-in, both languages; an unknown school is not found."""
    parent = Parent(families.guardian(make.student(school=school)))
    assert "Taking part in ClassWaves" in parent.get(f"/notice/{school.id}/").content.decode()
    assert "Participar en ClassWaves" in parent.get(f"/notice/{school.id}/", lang="es").content.decode()
    assert parent.get("/notice/nowhere/").status_code == 404
    assert not AuditLog.objects.filter(event_timestamp__lte=now()).exists()
