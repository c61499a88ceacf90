"""Every page that each role reaches: WCAG 2.2 A and AA, no sideways scrolling, quiet consoles, the keyboard."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Response, expect

from classwaves_admin.accounts.roles import Role
from tests.browser import checks, consent, people
from tests.browser.crawl import Crawl
from tests.browser.people import PASSWORD
from tests.browser.portal import Portal
from tests.browser.windows import DESKTOP, NARROW, PHONE, Windows

ROLES = {
    # With several schools, as a district administrator has them; the office of one walks on a phone, below.
    people.DISTRICT_ADMIN: Role.DISTRICT_ADMIN,
    people.SUPER_ADMIN: Role.SUPER_ADMIN,
    people.TEACHER: Role.TEACHER,
    people.AUDITOR: Role.AUDITOR,
    people.MIDDLE_ADMIN: Role.SCHOOL_ADMIN,
}
# The pages of the own account are the same for everybody: one person walks them on each screen.
WALK_ACCOUNT = {people.DISTRICT_ADMIN, people.MIDDLE_ADMIN}
ACCOUNT = {"mfa_index", "usersessions_list", "account_change_password", "mfa_activate_totp"}
# Pages that no link leads to.
UNLINKED = {
    "step-up": "asked before a page that is hard to take back",
    "age-counts": "a part of the page of ages, without scripts a page of its own",
    "audit-over-time": "a part of the log's page, without scripts a page of its own",
    "unusual-list": "the dashboard leads to it on a day with unusual access",
    "recorded-without-consent": "the worklist leads to it for a student who was recorded so",
    "request-deletion": "a request to delete leads to it, and the first request of the sample is none",
    "member-end": "ClassWaves ends a membership from the page of its person",
    "template-shipped": "a school that has its own text leads to it",
}
# What addresses name and the sample lacks, or has where these people's links do not lead. Such a page is seen where a
# link leads to it alone: whether other tests have made its row yet is chance.
LACKED = {"certificate_id", "change_id", "file_format", "file_id", "making_id", "run_id", "search_id", "seal_id"}
LACKED |= {"standard_change_id"}
UNNAMED = {
    people.DISTRICT_ADMIN: LACKED
    | {"campaign_id", "consent_id", "evidence_id", "form_id", "hold_id", "import_id", "invitation_id", "invited_id"}
    | {"key_id", "move_id", "notification_id", "recording_id", "result_id", "result_table", "text_id", "turn_id"}
    | {"version_id"},
    people.SUPER_ADMIN: {"entry_id", "invited_id", "move_id", "review_id", "run_id", "seal_id"},
    people.TEACHER: set[str](),
    people.AUDITOR: LACKED | {"student_id"},
}
UNNAMED[people.MIDDLE_ADMIN] = UNNAMED[people.DISTRICT_ADMIN]
NOBODYS = "/c/" + "x" * 43 + "/"


def crawl_of(page: Page, email: str) -> Crawl:
    """Return the way of one of the sample's people through the portal."""
    people.confirm_password(page)
    but = "" if email in WALK_ACCOUNT else "/accounts/"
    return Crawl(page, ROLES[email], but=but, lacked=frozenset(UNNAMED[email]))


@pytest.mark.parametrize(
    "email", [one for one in ROLES if one != people.MIDDLE_ADMIN], ids=lambda email: email.partition("@")[0]
)
def test_every_page_of_a_role(windows: Windows, email: str) -> None:
    """Each page is sound at 1280 pixels, fits 640, 390 and 320, has a working skip link; links lead to it and open."""
    page = windows.open(DESKTOP, signed_in=email)
    crawl = crawl_of(page, email)
    faults = []
    for _ in crawl.pages():
        faults += checks.faults(page) + checks.faults_of_frames(page) + checks.faults_of_skip_link(page)
        faults += checks.faults_when_narrow(page)
        page.set_viewport_size(DESKTOP["viewport"])
    assert faults == []
    assert crawl.refused == set()
    assert crawl.unlinked - UNLINKED.keys() == set()
    assert crawl.unnamed == set()
    assert email not in WALK_ACCOUNT or crawl.found >= ACCOUNT


@pytest.mark.parametrize("email", [people.MIDDLE_ADMIN, people.TEACHER], ids=lambda email: email.partition("@")[0])
def test_every_page_on_a_phone(windows: Windows, email: str) -> None:
    """What only narrow screens show, such as the menu, is sound too."""
    page = windows.open(NARROW, signed_in=email)
    crawl = crawl_of(page, email)
    faults = []
    for _ in crawl.pages():
        menu = page.get_by_role("button", name="Menu")
        if menu.is_visible():
            menu.click()
            expect(menu).to_have_attribute("aria-expanded", "true")
        faults += checks.faults(page)
    assert faults == []
    assert crawl.refused == set()


OPEN_PAGES = {
    "/accounts/login/": 200,
    "/accounts/password/reset/": 200,
    "/accounts/password/reset/done/": 200,
    "/accounts/password/reset/key/x-set-password/": 200,
    "/nowhere/": 404,
    "/c/code/": 200,
    "/c/fresh/": 200,
    "/c/fresh/sent/": 200,
    "/c/manage/": 200,
    "/c/manage/sent/": 200,
    NOBODYS: 404,
    NOBODYS.replace("/c/", "/c/v/"): 404,
    NOBODYS.replace("/c/", "/c/m/"): 404,
    "/dev/mail/": 200,
}


@pytest.mark.parametrize("size", [DESKTOP, NARROW], ids=["1280", "390"])
def test_pages_without_signing_in(windows: Windows, size: dict[str, object]) -> None:
    """Sign-in, forgotten password, parents' side doors and pages of errors are sound."""
    page = windows.open(size)
    faults = []
    for address, status in OPEN_PAGES.items():
        response = page.goto(address)
        assert response is not None
        assert (address, response.status) == (address, status)
        faults += checks.faults(page)
        if size is DESKTOP:
            faults += checks.faults_of_skip_link(page) + checks.faults_when_narrow(page)
            page.set_viewport_size(DESKTOP["viewport"])
    assert faults == []


def test_refused_pages(windows: Windows) -> None:
    """A page that a role may not open says so, keeps the navigation, and is sound; so is a refused form."""
    page = windows.open(DESKTOP, signed_in=people.TEACHER)
    response = page.goto("/audit/")
    assert response is not None
    assert response.status == 403
    assert checks.faults(page) + checks.faults_of_skip_link(page) + checks.faults_when_narrow(page) == []
    expect(page.get_by_role("link", name="Go to the start page")).to_be_visible()
    stranger = windows.open(NARROW)
    stranger.goto("/accounts/login/")
    stranger.context.clear_cookies()
    fill_in_sign_in(stranger, people.TEACHER, PASSWORD)
    assert checks.faults(stranger) == []


def test_wrong_password(windows: Windows) -> None:
    """A refused sign-in keeps the address and says what to do, for the keyboard too."""
    page = windows.open(NARROW)
    page.goto("/accounts/login/")
    fill_in_sign_in(page, people.SUPER_ADMIN, "not the password")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Email")).to_have_value(people.SUPER_ADMIN)
    assert checks.faults(page) == []


def fill_in_sign_in(page: Page, email: str, password: str) -> None:
    """Fill the form in and send it."""
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_load_state()


def test_a_part_that_comes_later_leaves_the_title_alone(windows: Windows) -> None:
    """What is loaded into a page has a title of its own, which would rename the tab and what a screen reader says."""
    page = windows.open(DESKTOP, signed_in=people.MIDDLE_ADMIN)
    page.goto("/coppa/")
    expect(page.get_by_text("unknown ages included")).to_be_visible()
    expect(page).to_have_title("Ages – ClassWaves")


FORMS = [
    "/",
    "/students/?standing=not_asked",
    "/audit/?event=auth.login",
    "/accounts/2fa/",
    "/accounts/password/change/",
    "/accounts/sessions/",
]


def test_focus_can_be_seen_everywhere(windows: Windows) -> None:
    """Every stop of the Tab key is on the screen and marked."""
    page = windows.open(DESKTOP, signed_in=people.HIGH_ADMIN)
    faults = []
    for address in FORMS:
        page.goto(address)
        faults += checks.faults_of_focus(page)
    assert faults == []


def test_parents_first_page(portal: Portal, windows: Windows) -> None:
    """What a parent's phone loads first is under 100 KB, comes from here in one round, and serves the keyboard."""
    office = windows.open(DESKTOP, signed_in=people.HIGH_ADMIN)
    student = consent.new_family(portal, people.HIGH_ADMIN)
    consent.open_student(office, student)
    office.get_by_role("button", name="Ask for consent").click()
    office.get_by_role("button", name="Send").click()
    link = consent.link_in(portal.mail_to(student.address, containing="/c/"))
    page = windows.open(PHONE)
    answers: list[Response] = []

    def keep(answer: Response) -> None:
        answers.append(answer)

    page.on("response", keep)
    page.goto(link, wait_until="load")
    first = len(answers)
    page.wait_for_timeout(2_000)
    named = page.content()
    paths = [urlsplit(answer.url).path for answer in answers]
    icon = "/static/img/favicon.svg"  # the browser itself asks for it last
    assert [path for path in paths[first:] if path != icon] == []  # nothing is asked for afterwards
    assert [path for path in paths[1:] if path not in named] == []  # one round: the page itself names all of it
    assert {urlsplit(answer.url).netloc for answer in answers} == {urlsplit(portal.url).netloc}
    sizes = [answer.request.sizes() for answer in answers]
    assert sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes) < 100_000
    plain = windows.open(DESKTOP)
    plain.goto(link)
    faults = checks.faults(plain) + checks.faults_of_skip_link(plain) + checks.faults_of_focus(plain)
    assert faults + checks.faults_when_narrow(plain) == []


@pytest.mark.parametrize("address", ["/accounts/login/", "/students/", "/c/code/", "/c/manage/"])
def test_nothing_moves_for_people_who_asked_for_calm(windows: Windows, address: str) -> None:
    """With reduced motion there is neither animation nor transition."""
    page = windows.open(DESKTOP, signed_in=people.ELEMENTARY_ADMIN if address == "/students/" else "")
    page.goto(address)
    slow = page.evaluate(
        "[...document.querySelectorAll('*')].filter(element => {"
        " const style = getComputedStyle(element);"
        " return parseFloat(style.transitionDuration) > 0.01 || parseFloat(style.animationDuration) > 0.01"
        "}).map(element => element.className).slice(0, 5)"
    )
    assert slow == []
