"""A school's colour, logo, languages and sender stand on guardians' pages and in mails."""

from __future__ import annotations

import io

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from classwaves_admin.lib.clock import now
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.notifications.rendering import Content
from classwaves_admin.notifications.transport import Line
from classwaves_admin.schools.models import SchoolLogo
from classwaves_admin.schools.values import forget_school, value
from classwaves_admin.warehouse.models import School
from consent.actions.links import mint
from consent.models.links import Purpose
from tests.factories import catalog as make
from tests.factories import families

pytestmark = [
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
    pytest.mark.integration,
    pytest.mark.usefixtures("frozen_now"),
]


def said(school: School, key: str, text: str, kind: str = "string") -> None:
    """Let the school say something."""
    make.setting(school=school, key=key, value=text, setting_type=kind)
    forget_school(school.id)


def upload(browser: Client, school: School, content: bytes, name: str = "logo.png") -> int:
    """Upload a file as the school's logo; return the status."""
    address = f"/schools/{school.id}/settings/logo/"
    seen = browser.get(address).context["form"]["seen"].value()
    return int(browser.post(address, {"logo": SimpleUploadedFile(name, content), "seen": seen}).status_code)


def drawing(size: tuple[int, int] = (640, 160)) -> bytes:
    """Return a picture."""
    made = io.BytesIO()
    Image.new("RGB", size, "#1a4480").save(made, "PNG")
    return made.getvalue()


def guardians_page(school: School) -> tuple[Client, str]:
    """Return a browser and the page of a guardian who was asked."""
    child = make.student(school=school, display_name="Ana L.")
    guardian = families.guardian(child)
    for kind in ("audio_recordings", "transcripts", "ai_analyses"):
        make.retention_policy(school=school, policy_type=kind)
    invitation = families.request(guardian, child)
    return Client(), f"/c/{mint(invitation, Purpose.ANSWER, now=now()).token}/"


def test_a_logo_stands_on_a_guardians_first_page(office: Client, school: School) -> None:
    """Made small, served by the portal itself with headers that let it be nothing but a picture."""
    assert upload(office, school, drawing()) == 302
    said(school, "branding.color", "#1a4480")
    browser, address = guardians_page(school)
    page = browser.get(address).content.decode()
    logo = SchoolLogo.objects.get()
    assert f'src="/look/{school.id}/{logo.digest}.png" width="320" height="80"' in page
    assert 'href="/look/1a4480.css"' in page
    picture = browser.get(f"/look/{school.id}/{logo.digest}.png")
    assert (picture["Content-Type"], picture["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert "sandbox" in picture["Content-Security-Policy"]
    assert "immutable" in picture["Cache-Control"]
    sheet = browser.get("/look/1a4480.css")
    assert "background-color:#1a4480" in sheet.content.decode()
    assert len(picture.content) + len(sheet.content) < 25_000
    assert browser.get("/look/ffff00.css").status_code == 404
    assert browser.get(f"/look/{make.school().id}/{logo.digest}.png").status_code == 404


@pytest.mark.parametrize(
    "content", [b"<svg/>", b"", drawing()[:60], b"x" * 2_100_000], ids=["svg", "empty", "cut", "large"]
)
def test_what_is_no_picture_is_refused_and_said(office: Client, school: School, content: bytes) -> None:
    """Nothing is kept, and the form says what to do."""
    assert upload(office, school, content) == 422
    assert not SchoolLogo.objects.exists()


def test_a_new_logo_takes_the_place_of_the_old_one(office: Client, school: School) -> None:
    """And the last one can be taken away: no picture is kept that nobody names."""
    upload(office, school, drawing())
    upload(office, school, drawing((300, 300)))
    assert SchoolLogo.objects.count() == 1
    address = f"/schools/{school.id}/settings/logo/"
    seen = office.get(address).context["line"].print
    assert office.post(address, {"take-away": "1", "seen": "of yesterday"}).status_code == 302
    assert SchoolLogo.objects.exists()
    office.post(address, {"take-away": "1", "seen": seen})
    assert not SchoolLogo.objects.exists()
    assert value(school.id, "branding.logo").value == {}


def test_guardians_choose_among_the_languages_that_the_school_offers(school: School) -> None:
    """Where it offers English alone there is no other button."""
    browser, address = guardians_page(school)
    assert "Español" in browser.get(address).content.decode()
    said(school, "languages.offered", '["en"]', "list")
    assert "Español" not in browser.get(address).content.decode()


def test_a_mail_comes_in_the_schools_name_from_the_portals_address(school: School) -> None:
    """Replies go where the school reads them; a mail of no school stays the portal's."""
    said(school, "mail.sender_name", "Escuela Peña")
    said(school, "mail.reply_to", "office@harbour.example", "email")
    content = Content("en", "Hello", "Text\n", "<p>Text</p>")
    for school_id in (school.id, ""):
        one = OutgoingMail(kind="consent.x", address="a@home.example", school_id=school_id, message_id="<1@x>")
        with Line() as line:
            line.hand_over(one, content)
    named, plain = mail.outbox
    assert named.from_email == "=?utf-8?q?Escuela_Pe=C3=B1a?= <privacy@classwaves.example>"
    assert named.extra_headers["Reply-To"] == "office@harbour.example"
    assert plain.from_email == "ClassWaves privacy office <privacy@classwaves.example>"
    assert "Reply-To" not in plain.extra_headers
