"""The pages on which the office writes its notices."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from classwaves_admin.warehouse.models import School, Student
from consent.models import NoticeVersion
from consent.notices import shipped
from consent.queries.notice_versions import Which, desk, history
from consent.vocabulary import ConsentType
from tests.factories import catalog as make
from tests.factories import notices, people
from tests.integration.consent.conftest import consented

pytestmark = [
    pytest.mark.integration,
    pytest.mark.django_db(databases=["default", "warehouse"], transaction=True),
]
AUDIO, SHARING = ConsentType.AUDIO, ConsentType.THIRD_PARTY


def signed_in(school: School, email: str) -> Client:
    """Return the browser of an administrator of the school."""
    client = Client()
    make.teacher(school=school, role="admin", email=email, name=email.partition("@")[0])
    client.force_login(people.account(email))
    return client


@pytest.fixture
def alice(school: School) -> Client:
    """The school's administrator."""
    return signed_in(school, "alice@harbour.example")


@pytest.fixture
def bob(school: School) -> Client:
    """Her colleague."""
    return signed_in(school, "bob@harbour.example")


def address(name: str, school: School, kind: ConsentType = AUDIO, language: str = "en", **more: str) -> str:
    """Return the address of a page about one notice."""
    parts = {"school_id": school.id, "consent_type": kind.value, "language": language} | more
    return reverse(name, kwargs=parts)


def form_of(page: Any) -> dict[str, str]:
    """Return what the form of a page would send."""
    form = page.context["form"]
    return {field.html_name: str(field.value() or "") for field in form}


def write(client: Client, school: School, kind: ConsentType = AUDIO, **fields: str) -> Any:
    """Open the form, change some fields and save."""
    page = address("notice-edit", school, kind)
    return client.post(page, form_of(client.get(page)) | fields, follow=True)


def bring_into_force(client: Client, school: School, change: str, kind: ConsentType = AUDIO) -> Any:
    """Open the question and answer it."""
    page = address("notice-activate", school, kind)
    return client.post(page, form_of(client.get(page)) | {"change": change}, follow=True)


def more(text: str = "We keep it safe.") -> str:
    """Return the shipped text with a sentence more."""
    return shipped.source("en", AUDIO) + f"\n{text}\n"


def test_the_list_says_what_is_in_force_and_who_has_answered(school: School, child: Student, alice: Client) -> None:
    """Types by languages with number, state and how many answers rest on it."""
    page = alice.get(reverse("notice-list")).content.decode()
    assert page.count("text of ClassWaves") == 8
    assert page.count("None yet") == 8
    assert "Names nobody yet" in page
    consented(school, child)
    write(alice, school, text=more())
    page = alice.get(reverse("notice-list")).content.decode()
    assert "Draft, ready" in page
    assert len(re.findall(r"cw-column-number\">\s*1\s*<", page)) == page.count("None yet") == 4


def test_what_blocks_sending_stands_above_the_list(school: School, alice: Client) -> None:
    """In the words of the page that refuses to send."""
    make.retention_policy(school=school, policy_type="audio_recordings", retention_days=0, delete_after_days=-1)
    page = alice.get(reverse("notice-school", args=[school.id])).content.decode()
    assert "Nothing can be sent until this is filled in" in page
    assert "how long recordings are kept" in page
    assert page.count("Has a blank") == 4  # taking part and recording, in both languages


def test_somebody_of_several_schools_chooses_one(school: School) -> None:
    """With what is blank in each."""
    make.setting(school=school, key="district_id", value="d-1")
    make.district(pk="d-1")
    other = make.school(name="Hill School", admin_email="")
    make.setting(school=other, key="district_id", value="d-1")
    client = Client()
    client.force_login(people.member("district_admin", email="dana@district.example", district="d-1"))
    page = client.get(reverse("notice-list")).content.decode()
    assert "Harbour School" in page
    assert "Hill School" in page
    assert "the school’s contact address" in page


def test_a_draft_is_kept_with_what_is_missing(school: School, alice: Client) -> None:
    """Half done is fine; parents read the text in force."""
    page = write(alice, school, text="# Recording\n\n$shcool records.")
    said = page.content.decode()
    assert "things are missing" in said
    assert "$shcool is not a slot of this notice. Did you mean $school?" in said
    assert "$keep_audio is missing. Parents must read how long recordings are kept (16 CFR 312.10" in said
    assert "Bring into force" not in said
    assert desk(Which(school.id, AUDIO, "en")).draft is not None


def test_lines_end_alike_and_lists_lose_their_dashes(school: School, alice: Client) -> None:
    """Saving what the form shows changes nothing that parents would read."""
    write(alice, school, SHARING)
    found = desk(Which(school.id, SHARING, "en"))
    assert found.draft is not None
    assert "\r" not in found.draft.text
    assert found.on_the_desk.reads_like(found.in_force)


@pytest.mark.parametrize(("field", "length"), [("text", 10_001), ("words_partners", 3_001), ("note", 301)])
def test_too_long_a_text_comes_back_as_typed(school: School, alice: Client, field: str, length: int) -> None:
    """Nothing is cut off, nothing is saved."""
    typed = "x" * length
    page = write(alice, school, SHARING, **{field: typed})
    assert page.status_code == 422
    assert typed in page.content.decode()
    assert not history(Which(school.id, SHARING, "en"))


class TestPreview:
    """How a parent would see it."""

    def test_live_it_is_a_piece_of_the_page(self, school: School, alice: Client) -> None:
        """With faults, the question below, what changes; nothing is saved."""
        typed = {"text": more("<script>alert(1)</script> It costs $$5."), "key": ""}
        page = alice.post(address("notice-preview", school), typed, headers={"HX-Request": "true"})
        said = page.content.decode()
        assert "<html" not in said
        assert "Harbour School may record" in said
        assert "May the school record and transcribe Sam’s voice?" in said
        assert "&lt;script&gt;alert(1)&lt;/script&gt; It costs $5." in said
        assert "<ins>" in said
        assert not history(Which(school.id, AUDIO, "en"))

    def test_without_scripts_it_is_a_page_of_its_own(self, school: School, alice: Client) -> None:
        """In the parents' layout and the notice's language."""
        typed = {"text": shipped.source("es", AUDIO), "key": ""}
        page = alice.post(address("notice-preview", school, language="es"), typed)
        said = page.content.decode()
        assert '<html lang="es" dir="ltr">' in said
        assert 'class="cw-parent"' in said
        assert "¿Puede la escuela grabar" in said or "Sofía" in said

    def test_a_blank_slot_is_seen(self, school: School, alice: Client) -> None:
        """Named where it would stand."""
        make.retention_policy(school=school, policy_type="audio_recordings", retention_days=0, delete_after_days=-1)
        page = alice.post(address("notice-preview", school), {"text": more(), "key": ""})
        assert "[how long recordings are kept (a retention policy): missing]" in page.content.decode()

    def test_it_costs_one_query_of_the_warehouse(self, school: School, alice: Client) -> None:
        """Every pause in typing asks for one."""
        alice.get(address("notice-edit", school))  # the standing is remembered from here on
        with CaptureQueriesContext(connections["warehouse"]) as log:
            alice.post(address("notice-preview", school), {"text": more()}, headers={"HX-Request": "true"})
        assert sum(one["sql"].startswith("SELECT") for one in log.captured_queries) == 1


class TestConflict:
    """Two people edit at once."""

    def test_the_second_sees_both_and_may_save_then(self, school: School, alice: Client, bob: Client) -> None:
        """Both texts and what differs; what was typed is in the form; the other one stays in the history."""
        page = address("notice-edit", school)
        typed = form_of(bob.get(page))
        write(alice, school, text=more("From Alice."))
        refused = bob.post(page, typed | {"text": more("From Bob.")})
        said = refused.content.decode()
        assert refused.status_code == 409
        assert "alice" in said
        assert "From Alice." in said
        assert "From Bob." in form_of(refused)["text"]
        assert re.search(r"<del>.*Alice\.", said)
        assert re.search(r"<ins>.*Bob\.", said)
        saved = bob.post(page, form_of(refused), follow=True)
        assert saved.status_code == 200
        texts = {one.state: one.text for one in history(Which(school.id, AUDIO, "en"))}
        assert "From Bob." in texts["draft"]
        assert "From Alice." in texts["retired"]

    def test_an_activation_that_rests_on_another_draft_is_stopped(
        self, school: School, alice: Client, bob: Client
    ) -> None:
        """She confirms what she has seen and nothing else."""
        write(alice, school, text=more("From Alice."))
        question = address("notice-activate", school)
        seen = form_of(alice.get(question))
        write(bob, school, text=more("From Bob."))
        page = alice.post(question, seen | {"change": "minor"}, follow=True)
        assert "Somebody else has worked on this notice" in page.content.decode()
        assert desk(Which(school.id, AUDIO, "en")).active is None

    def test_setting_aside_what_was_changed_is_stopped(self, school: School, alice: Client, bob: Client) -> None:
        """The draft stays."""
        write(alice, school, text=more())
        key = form_of(alice.get(address("notice-edit", school)))["key"]
        write(bob, school, text=more("From Bob."))
        alice.post(address("notice-discard", school), {"key": key})
        assert desk(Which(school.id, AUDIO, "en")).draft is not None


class TestActivation:
    """Bringing a draft into force."""

    def test_nothing_is_chosen_beforehand(self, school: School, alice: Client) -> None:
        """Whether guardians are asked again is a decision."""
        write(alice, school, text=more())
        page = alice.post(address("notice-activate", school), {"key": ""})
        assert page.status_code == 422
        assert "Choose what the new text changes." in page.content.decode()
        assert not re.search(r"<input[^>]* checked", page.content.decode())

    def test_it_says_how_many_consents_it_concerns(self, school: School, child: Student, alice: Client) -> None:
        """In numbers, before anything changes."""
        write(alice, school, text=more())
        assert "0 consents of 0 guardians" in alice.get(address("notice-activate", school)).content.decode()
        consented(school, child)
        page = " ".join(alice.get(address("notice-activate", school)).content.decode().split())
        assert "1 consent of 1 guardian rests on the texts until now." in page
        assert "1 guardian can be asked again (16 CFR 312.5(a)(1))" in page

    @pytest.mark.parametrize(("change", "label", "again"), [("minor", "1.1", False), ("material", "2", True)])
    def test_the_text_is_in_force_at_once(
        self, school: School, alice: Client, change: str, label: str, again: bool
    ) -> None:
        """The list and the public page show it."""
        write(alice, school, text=more())
        page = bring_into_force(alice, school, change).content.decode()
        assert f"Version {label} is in force from now on." in page
        assert ("can be asked again" in page) is again
        assert "We keep it safe." in Client().get(reverse("online-notice", args=[school.id])).content.decode()

    def test_a_change_of_meaning_leads_to_those_who_are_asked_again(
        self, school: School, child: Student, alice: Client
    ) -> None:
        """The list holds whom the older text was shown to, and one button asks all of them."""
        consented(school, child)
        write(alice, school, text=more())
        page = bring_into_force(alice, school, "material")
        assert [line["student"].id for line in page.context["lines"]] == [child.id]
        found = alice.post(reverse("student-ask"), {"all": "yes", "notice": "older"})
        assert found.context["preview"].mails == 1

    def test_consents_at_another_school_lead_nobody_to_an_empty_list(self, school: School, child: Student) -> None:
        """A district's office comes back to the notices where the school itself has no older consent."""
        office = Client()
        office.force_login(people.over(school, other := make.school()))
        consented(school, child)
        write(office, school, text=more())
        assert bring_into_force(office, school, "material").redirect_chain[-1][0].startswith(reverse("student-list"))
        write(office, other, text=more())
        back = reverse("notice-school", args=[other.id])
        assert bring_into_force(office, other, "material").redirect_chain == [(back, 302)]

    def test_a_text_that_reads_the_same_is_refused(self, school: School, alice: Client) -> None:
        """The page says so and offers no button."""
        write(alice, school)
        page = alice.get(address("notice-activate", school)).content.decode()
        assert "parents would read the same as now" in page
        assert "Bring it into force?" not in page
        said = bring_into_force(alice, school, "minor").content.decode()
        assert "Parents would read the same as now." in said

    def test_without_a_draft_there_is_nothing_to_ask(self, school: School, alice: Client) -> None:
        """The second press of a button leads back."""
        page = alice.get(address("notice-activate", school), follow=True)
        assert page.redirect_chain == [(address("notice-edit", school), 302)]


class TestHistory:
    """The past of a notice."""

    def test_every_text_can_be_read_compared_and_written_again(self, school: School, alice: Client) -> None:
        """Two versions, the shipped text, and the way back as a new version."""
        write(alice, school, text=more("First."))
        bring_into_force(alice, school, "material")
        write(alice, school, text=more("Second."), note="Counsel asked for it")
        bring_into_force(alice, school, "material")
        page = alice.get(address("notice-history", school))
        said = page.content.decode()
        assert "Version 2" in said
        assert "Version 3" in said
        assert "Counsel asked for it" in said
        assert "alice" in said
        second, first = history(Which(school.id, AUDIO, "en"))
        shown = alice.get(address("notice-version", school, version_id=first.id)).content.decode()
        assert "First." in shown
        assert "Harbour School may record" in shown
        compared = alice.get(address("notice-history", school), {"older": first.id, "newer": second.id})
        assert re.search(r"<del>.*First\..*</del><ins>.*Second\.", compared.content.decode())
        again = alice.post(
            address("notice-again", school),
            {"version": first.id, "key": desk(Which(school.id, AUDIO, "en")).key},
            follow=True,
        )
        assert "The earlier text is the draft now." in again.content.decode()
        bring_into_force(alice, school, "minor")
        assert [one.label for one in history(Which(school.id, AUDIO, "en"))] == ["3.1", "3", "2"]

    def test_a_draft_that_was_set_aside_stays(self, school: School, alice: Client) -> None:
        """Its words are not lost."""
        write(alice, school, text=more("Kept words."))
        key = form_of(alice.get(address("notice-edit", school)))["key"]
        alice.post(address("notice-discard", school), {"key": key})
        (draft,) = history(Which(school.id, AUDIO, "en"))
        page = alice.get(address("notice-version", school, version_id=draft.id)).content.decode()
        assert "Kept words." in page

    @pytest.mark.parametrize("part", ["older", "newer"])
    def test_what_does_not_exist_is_not_compared(self, school: School, alice: Client, part: str) -> None:
        """A made-up id, and one of another notice, are 404."""
        other = notices.version(school, state="retired", language="es")
        for wrong in ("made-up", other.pk):
            query = {"older": "shipped", "newer": "shipped", part: wrong}
            assert alice.get(address("notice-history", school), query).status_code == 404
        assert alice.get(address("notice-version", school, version_id=other.pk)).status_code == 404
        wanted = {"version": other.pk, "key": desk(Which(school.id, AUDIO, "en")).key}
        assert alice.post(address("notice-again", school), wanted).status_code == 404
        assert NoticeVersion.objects.count() == 1


@pytest.mark.parametrize(
    "parts",
    [
        {"consent_type": "media_release"},
        {"consent_type": "nothing"},
        {"language": "tlh"},
        {"language": ".."},
        {"school_id": "none"},
    ],
)
def test_a_notice_that_does_not_exist_is_not_found(school: School, alice: Client, parts: dict[str, str]) -> None:
    """Types without a notice, languages without texts, schools out of scope."""
    whole = {"school_id": school.id, "consent_type": AUDIO.value, "language": "en"} | parts
    assert alice.get(reverse("notice-edit", kwargs=whole)).status_code == 404
