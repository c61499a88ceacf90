"""Links and codes: scanners change nothing, a link works once, codes cannot be guessed."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.test import Client

from classwaves_admin.lib.clock import now
from classwaves_admin.warehouse.models import AuditLog, ParentalConsent, School, Student
from consent.actions.close import close_invitations
from consent.models import Answer, Guardian, Invitation, Link
from consent.models.links import Purpose
from consent.queries.families import invitation_state
from consent.vocabulary import InvitationState
from tests.factories import catalog as make
from tests.factories import families
from tests.integration.consent.conftest import Parent, answers_for, ask, reloaded

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]


def test_fifty_visits_of_a_scanner_leave_an_invitation_unanswered_and_alive(school: School, child: Student) -> None:
    """GET and HEAD of the invitation and of the second step write nothing, and both still work afterwards."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    scanner, page = Client(), parent.link()
    before = AuditLog.objects.count()
    for _ in range(25):
        assert scanner.get(page).status_code == 200
        assert scanner.head(page).status_code == 200
    invitation = Invitation.objects.get()
    assert invitation_state(invitation, now()) is InvitationState.SENT
    assert (AuditLog.objects.count(), ParentalConsent.objects.count(), Link.objects.count()) == (before, 0, 1)

    parent.answer(page, answers_for(child))
    confirm = parent.link("/c/v/")
    for _ in range(25):
        assert scanner.get(confirm).status_code == 200
        assert scanner.head(confirm).status_code == 200
    assert not ParentalConsent.objects.filter(verified_at__isnull=False).exists()
    parent.post(confirm, {})
    assert reloaded(child).has_parental_consent


def test_a_link_for_answering_never_verifies(school: School, child: Student) -> None:
    """Each kind of token opens its own page alone."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    page = parent.link()
    parent.answer(page, answers_for(child))
    confirm = parent.link("/c/v/")
    assert parent.get(page.replace("/c/", "/c/v/")).status_code == 404
    assert parent.get(confirm.replace("/c/v/", "/c/")).status_code == 404


def test_sending_twice_records_once(school: School, child: Student) -> None:
    """Pressing the button again shows the same thanks and writes nothing more."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    page = parent.link()
    summary = parent.check(page, answers_for(child))
    first, second = parent.send(page, summary), parent.send(page, summary)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    assert ParentalConsent.objects.count() == Answer.objects.count() == 4
    assert len(parent.letters()) == 2
    used = parent.get(page)
    assert used.status_code == 200
    assert "You have answered already" in used.content.decode()


def test_a_form_without_its_csrf_token_is_refused(school: School, child: Student) -> None:
    """Another site cannot answer in a parent's name."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    assert parent.browser.post(parent.link(), answers_for(child)).status_code == 403
    assert not ParentalConsent.objects.exists()


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ("expired", 410, "This link has run out"),
        ("revoked", 410, "This link is no longer in use"),
        ("restricted", 410, "This link is no longer in use"),
        ("mangled", 404, "This link does not work"),
    ],
)
def test_a_link_that_does_not_work_says_why(
    school: School, child: Student, change: str, status: int, words: str
) -> None:
    """Expired, called back, under a court order or cut off: a page that helps and shows no child."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    page = parent.link()
    moment = now()
    if change == "expired":
        moment += timedelta(days=31)
    elif change == "revoked":
        close_invitations(guardian_ids=[parent.guardian.id], now=now())
    elif change == "restricted":
        Guardian.objects.update(restricted_at=now())
    else:
        page = page[:-5] + "/"
    with time_machine.travel(moment, tick=True):
        shown = parent.get(page)
        sent = parent.browser.post(page, {})
    assert shown.status_code == status
    assert words in shown.content.decode()
    assert "Ana" not in shown.content.decode()
    assert 'action="/c/fresh/"' in shown.content.decode()
    assert ("office@harbour.example" in shown.content.decode()) == (change != "mangled")
    assert sent.status_code in {403, status}
    assert not ParentalConsent.objects.exists()


def test_private_pages_are_kept_by_nobody(school: School, child: Student) -> None:
    """No cache keeps the page, no referrer tells its address, no search engine lists it."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    for path in (parent.link(), "/c/unknown/", "/c/v/unknown/", "/c/code/", "/c/fresh/"):
        page = parent.get(path)
        assert "no-store" in page["Cache-Control"]
        assert page["Referrer-Policy"] == "strict-origin"
        assert "noindex" in page["X-Robots-Tag"]
        assert b'content="strict-origin"' in page.content


def test_the_code_opens_what_the_link_opens(school: School, child: Student) -> None:
    """Six digits with the address lead to the questions, and after them to the second step."""
    parent = Parent(families.guardian(child, email="Ana.Maria@home.example"))
    ask(school, child)
    typed = {"code": f" {parent.code()} ", "address": "ana.maria@HOME.example"}
    opened = parent.post("/c/code/", typed)
    page = opened["Location"].partition("?")[0]
    assert opened.status_code == 302
    assert parent.answer(page, answers_for(child)).status_code == 302
    step = parent.post("/c/code/", {"code": parent.code(), "address": parent.guardian.email})
    confirm = step["Location"].partition("?")[0]
    assert confirm.startswith("/c/v/")
    parent.post(confirm, {})
    assert reloaded(child).audio_recording_consent


def test_the_mailed_link_still_works_after_the_code_was_used(school: School, child: Student) -> None:
    """The code makes a link more and takes none away."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    page = parent.link()
    parent.post("/c/code/", {"code": parent.code(), "address": parent.guardian.email})
    assert parent.get(page).status_code == 200


def test_a_code_dies_after_five_wrong_tries_and_the_link_does_not(school: School, child: Student) -> None:
    """Guessing ends after CONSENT_CODE_ATTEMPTS; the right code is then refused in the same words."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    right = parent.code()
    wrong = "000000" if right != "000 000" else "111111"
    answers = [parent.post("/c/code/", {"code": wrong, "address": parent.guardian.email}) for _ in range(5)]
    last = parent.post("/c/code/", {"code": right, "address": parent.guardian.email})
    assert {page.status_code for page in (*answers, last)} == {422}
    assert "do not fit together" in last.content.decode()
    assert parent.get(parent.link()).status_code == 200


def test_a_code_counts_for_its_own_address_alone(school: School, child: Student) -> None:
    """The code of one guardian opens nothing with the address of another, known or not."""
    parent, other = Parent(families.guardian(child)), families.guardian(child)
    ask(school, child)
    for address in (other.email, "stranger@home.example"):
        refused = parent.post("/c/code/", {"code": parent.code(), "address": address})
        assert refused.status_code == 422


def test_many_tries_from_one_place_must_wait(school: School, child: Student) -> None:
    """After 20 codes in an hour the page asks to wait, whatever the address."""
    parent = Parent(families.guardian(child))
    last = [parent.post("/c/code/", {"code": "123456", "address": f"a{n}@home.example"}) for n in range(21)][-1]
    assert last.status_code == 429
    assert "Please wait an hour" in last.content.decode()


def test_a_fresh_link_never_tells_whether_an_address_is_on_file(school: School, child: Student) -> None:
    """The same page for an address on file and one that is not; a mail goes to the first alone."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    parent.letters()
    mail.outbox.clear()
    with time_machine.travel(now() + timedelta(hours=1), tick=True):
        known = parent.post("/c/fresh/", {"address": parent.guardian.email}, follow=True)
        unknown = parent.post("/c/fresh/", {"address": "stranger@home.example"}, follow=True)
        assert known.content == unknown.content
        assert known.redirect_chain == unknown.redirect_chain
        assert [letter.to for letter in mail.outbox] == []
        assert len(parent.letters()) == 1
        assert parent.get(parent.link()).status_code == 200


def test_asking_for_fresh_links_again_and_again_sends_one(school: School, child: Student) -> None:
    """Within ten minutes nobody gets a second mail."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    for _ in range(5):
        parent.post("/c/fresh/", {"address": parent.guardian.email})
    assert len(parent.letters()) == 1


def test_an_expired_invitation_opens_again_for_the_one_who_asks(school: School, child: Student) -> None:
    """A parent who comes after the time gets a link that works."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    with time_machine.travel(now() + timedelta(days=40), tick=True):
        parent.post("/c/fresh/", {"address": parent.guardian.email})
        assert len(parent.letters()) == 2
        assert parent.get(parent.link()).status_code == 200


def test_a_lost_second_step_is_mailed_again(school: School, child: Student) -> None:
    """Who has answered and lost the mail gets the second step again, not the questions."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    parent.answer(parent.link(), answers_for(child))
    parent.letters()
    with time_machine.travel(now() + timedelta(days=8), tick=True):
        expired = parent.get(parent.link("/c/v/"))
        assert expired.status_code == 410
        parent.post("/c/fresh/", {"address": parent.guardian.email})
        parent.post(parent.link("/c/v/"), {})
    assert reloaded(child).has_parental_consent
    assert set(Link.objects.filter(purpose=Purpose.VERIFY).values_list("used_at", flat=True)) != {None}


def test_a_changed_address_kills_the_second_step_too(school: School, child: Student) -> None:
    """Links that went to the old address die; nothing is verified with them."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    parent.answer(parent.link(), answers_for(child))
    confirm = parent.link("/c/v/")
    close_invitations(guardian_ids=[parent.guardian.id], now=now())
    assert parent.get(confirm).status_code == 410
    assert not reloaded(child).has_parental_consent


def test_a_mail_for_an_answered_invitation_is_cancelled(school: School, child: Student) -> None:
    """A reminder that waits while the parent answers is not sent any more."""
    parent = Parent(families.guardian(child))
    ask(school, child)
    page = parent.link()
    with time_machine.travel(now() + timedelta(hours=1), tick=True):
        parent.post("/c/fresh/", {"address": parent.guardian.email})
        parent.answer(page, answers_for(child, service="no", audio="", ai="", third_party=""))
        subjects = [letter.subject for letter in parent.letters()]
    assert subjects == ["Harbour School asks for your consent for Ana", "Your answers for Ana are on record"]


def test_names_in_any_script_go_through(school: School) -> None:
    """Children and signers named in other scripts are asked, answered and recorded unchanged."""
    names = ["علي حسن", "王小明", "Zoë Brontë", "O'Neil <b>", "Ñandú Ávila"]
    children = [make.student(school=school, display_name=name) for name in names]
    parent = Parent(families.guardian(*children, name="Λένα Παπαδοπούλου"))
    ask(school, *children)
    done = parent.answer(parent.link(), answers_for(*children), follow=True)
    assert done.status_code == 200
    parent.post(parent.link("/c/v/"), {})
    assert set(ParentalConsent.objects.values_list("parent_name", flat=True)) == {"Λένα Παπαδοπούλου"}
    assert Student.objects.filter(has_parental_consent=True).count() == len(names)
