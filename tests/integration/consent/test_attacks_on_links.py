"""Links under attack: scanners, foreign ids, replays, forged forms, damaged addresses."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.warehouse.models import AuditLog, ParentalConsent, School, Student
from consent.models import Answer, Invitation, Link, Withdrawal
from consent.queries.own_answers import child_key
from consent.vocabulary import ConsentType
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import Parent, answers_for, ask, hidden, reloaded
from tests.integration.consent.test_manage import answered, link_of, take_back

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]

PARTS = ("", "again/", "withdraw/", "withdrawn/", "receipt/")


def everything() -> tuple[int, ...]:
    """Return how many rows there are of each kind that a page could write."""
    models: tuple[Any, ...] = (AuditLog, ParentalConsent, Answer, Invitation, Link, Withdrawal, OutgoingMail)
    return tuple(model.objects.count() for model in models)


def test_fifty_visits_of_a_scanner_to_every_page_of_a_link_to_manage_write_nothing(
    school: School, child: Student
) -> None:
    """GET and HEAD open, show and redirect; the link still works afterwards and nothing has ended."""
    parent = answered(child)
    path = link_of(parent)
    scanner, before = Client(), everything()
    for part in PARTS:
        for _ in range(5):
            assert scanner.get(path + part).status_code in {200, 302}
            assert scanner.head(path + part).status_code in {200, 302}
    assert everything() == before
    assert reloaded(child).audio_recording_consent
    assert "Taken back" in take_back(parent, path, {child: [ConsentType.AUDIO.value]}).content.decode()


def test_each_kind_of_link_opens_its_own_pages_alone(school: School, child: Student) -> None:
    """A link to manage neither answers nor verifies, and no other link manages."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    first = parent.link()
    parent.answer(first, answers_for(child, third_party="no"))
    second = parent.link("/c/v/")
    parent.post(second, {})
    third = link_of(parent)
    tokens = {kind: path.split("/")[-2] for kind, path in (("", first), ("v/", second), ("m/", third))}
    for kind in tokens:
        for other, token in tokens.items():
            if kind != other:
                assert parent.get(f"/c/{kind}{token}/").status_code == 404
    for part in PARTS:
        assert parent.get(f"/c/m/{tokens['']}/{part}").status_code == 404


@pytest.mark.parametrize("part", ["again/", "withdraw/", "receipt/"])
def test_another_site_can_press_no_button(school: School, child: Student, part: str) -> None:
    """Each form of a link to manage needs its CSRF token."""
    parent = answered(child)
    path, before = link_of(parent), everything()
    form = {"child": child_key(child.id), f"take-{child_key(child.id)}": "audio_recording", "data_choice": "delete"}
    assert parent.browser.post(path + part, form).status_code == 403
    assert everything() == before


def test_foreign_children_in_a_form_are_as_good_as_none(school: School, child: Student) -> None:
    """Another family's child, by key or by id, is neither answered for nor taken back, nor is another type."""
    stranger = make.student(school=school, display_name="Kim Stranger")
    answered(stranger)
    parent = answered(child)
    path = link_of(parent)
    before = everything()
    for name in (child_key(stranger.id), stranger.id):
        assert parent.post(f"{path}again/", {"child": name})["Location"].startswith(path)
        form = hidden(parent.get(f"{path}withdraw/"))
        for types in ("audio_recording", "research_use", "x"):
            refused = parent.browser.post(f"{path}withdraw/", form | {f"take-{name}": types, "data_choice": "delete"})
            assert refused.status_code == 422
    own = hidden(parent.get(f"{path}withdraw/")) | {"data_choice": "delete"}
    refused = parent.browser.post(f"{path}withdraw/", own | {f"take-{child_key(child.id)}": "research_use"})
    assert refused.status_code == 422
    assert everything() == before
    assert reloaded(stranger).audio_recording_consent


def test_a_withdrawal_sent_twice_is_recorded_once(school: School, child: Student) -> None:
    """A double click or a replay finds nothing left to take back, and sends no second mail."""
    parent = answered(child)
    path = link_of(parent)
    form = hidden(parent.get(f"{path}withdraw/"))
    form |= {f"take-{child_key(child.id)}": "service_collection_use", "data_choice": "delete"}
    first = parent.browser.post(f"{path}withdraw/", form)
    second = parent.browser.post(f"{path}withdraw/", form)
    assert (first.status_code, second.status_code) == (302, 302)
    assert Withdrawal.objects.count() == 1
    assert AuditLog.objects.filter(event_type="request.deletion_received").count() == 1
    assert [letter.subject for letter in parent.letters()].count("You took back your consent for Ana") == 1


def test_a_summary_that_is_sent_again_after_the_second_step_changes_nothing(school: School, child: Student) -> None:
    """Old forms are worth nothing once the request is answered."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    page = parent.link()
    summary = parent.check(page, answers_for(child))
    parent.send(page, summary)
    parent.post(parent.link("/c/v/"), {})
    before = everything()
    no = dict.fromkeys(answers_for(child), "no")
    assert parent.send(page, summary, no).status_code == 302
    assert everything() == before


def test_the_code_of_a_link_to_manage_dies_after_five_wrong_tries(school: School, child: Student) -> None:
    """Guessing ends as for every code; the link still works."""
    parent = answered(child)
    path = link_of(parent)
    right = parent.code()
    wrong = "000000" if right != "000 000" else "111111"
    for _ in range(5):
        parent.post("/c/code/", {"code": wrong, "address": parent.guardian.email})
    assert parent.post("/c/code/", {"code": right, "address": parent.guardian.email}).status_code == 422
    assert parent.get(path).status_code == 200


DAMAGE = {
    "full stop": "{}.",
    "full stop behind": "{}/.",
    "bracket": "{}/>",
    "bracket and comma": "{}),/",
    "line break": "{0}%0A{1}/",
    "soft line break": "{0}=%0D%0A{1}/",
    "quoted-printable": "=3D{}/",
    "space": "%20{}/",
}


@pytest.mark.parametrize("kind", ["/c/", "/c/v/", "/c/m/"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_an_address_that_a_mail_program_damaged_still_opens(
    school: School, child: Student, kind: str, damage: str
) -> None:
    """What no token has is taken out of the address, for each kind of link."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    if kind != "/c/":
        parent.answer(parent.link(), answers_for(child))
    if kind == "/c/m/":
        parent.post(parent.link("/c/v/"), {})
        parent.letters()
        parent.post("/c/manage/", {"address": parent.guardian.email})
    token = parent.link(kind).split("/")[-2]
    address = DAMAGE[damage].format(*((token,) if "{1}" not in DAMAGE[damage] else (token[:20], token[20:])))
    page = parent.browser.get(kind + address, follow=True)
    assert page.status_code == 200
    assert "Ana" in page.content.decode()


@pytest.mark.parametrize(
    "address", ["/c/%00/", "/c/" + "x" * 3000 + "/", "/c/m/%F0%9F%98%80/", "/c/v/../../etc/", "/c/=/"]
)
def test_an_address_that_never_was_a_link_is_not_found(school: School, address: str) -> None:
    """Junk is answered as an unknown link, and the page helps."""
    assert Client().get(address).status_code in {400, 404}


@pytest.mark.parametrize("kind", ["/c/", "/c/v/", "/c/m/"])
def test_a_token_that_was_cut_off_gets_a_page_that_helps(school: School, child: Student, kind: str) -> None:
    """Unknown tokens show no child and lead to the code, and to a fresh link."""
    page = Client().get(kind + "x" * 20 + "/")
    text = page.content.decode()
    assert page.status_code == 404
    assert "This link does not work" in text
    assert "/c/code/" in text
    assert ("/c/manage/" if kind == "/c/m/" else "/c/fresh/") in text
