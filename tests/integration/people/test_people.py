"""People: the list with its filters, a person's page, and what is changed about them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse

from classwaves_admin.accounts.actions import MembershipRefused, grant_membership
from classwaves_admin.accounts.models import Membership, User
from classwaves_admin.accounts.roles import Role
from classwaves_admin.lib.actor import system
from classwaves_admin.lib.clock import now
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.people.queries import people as queries
from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import AuditLog, School, Teacher
from classwaves_admin.warehouse.outbox import delivery
from tests.factories import catalog as make
from tests.factories import people, support

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"]), pytest.mark.integration]
UNTIL = date(2100, 1, 1)
Browser = Callable[[User], Client]


def listed(client: Client, **query: str) -> set[str]:
    """Return the addresses that the list shows."""
    return {one["line"].email for one in client.get(reverse("people-list"), query).context["lines"]}


def row(pk: str) -> Teacher:
    """Return a row of `users.teachers` once all changes are delivered."""
    delivery.deliver()
    with system_scope(reason="test"):
        return Teacher.objects.get(pk=pk)


def changes(school: School) -> list[dict[str, object]]:
    """Return what the school's log says of changed roles."""
    delivery.deliver()
    with system_scope(reason="test"):
        rows = AuditLog.objects.filter(event_type="auth.role_changed", school_id=school.pk).order_by("id")
        return [json.loads(one.data_accessed or "{}") for one in rows]


def test_the_list_has_everybody_who_reaches_the_schools_and_nobody_else(dana: Client, school: School) -> None:
    """Staff, the district's own and auditors of its schools; not another district's, not ClassWaves."""
    make.teacher(school=school, email="tea@harbour.example")
    make.teacher(school=make.school(), email="else@hill.example")
    people.member("auditor", email="audit@firm.example", schools=(school.pk,), until=UNTIL)
    people.member("district_admin", email="far@else.example", district="d-2")
    people.member("super_admin", email="sam@classwaves.example")
    everybody = {"dana@district.example", "audit@firm.example", "tea@harbour.example"}
    assert listed(dana) == everybody
    assert listed(dana, role="auditor") == {"audit@firm.example"}
    assert listed(dana, role="teacher") == {"tea@harbour.example"}
    assert listed(dana, role="nonsense") == everybody


def test_of_one_school_everybody_who_reaches_it(dana: Client, sam: Client, school: School) -> None:
    """Its staff, auditors of it and of its whole district, the district's own; nobody of another school alone."""
    hill = make.school(name="Hill School", domain="hill.example")
    make.setting(school=hill, key="district_id", value="d-1")
    make.teacher(school=school, email="tea@harbour.example")
    make.teacher(school=hill, email="tea@hill.example")
    people.member("auditor", email="one@firm.example", schools=(school.pk,), until=UNTIL)
    people.member("auditor", email="both@firm.example", schools=(hill.pk, school.pk), until=UNTIL)
    people.member("auditor", email="all@firm.example", district="d-1", until=UNTIL)
    people.member("auditor", email="hill@firm.example", schools=(hill.pk,), until=UNTIL)
    people.member("district_admin", email="far@else.example", district="d-2")
    auditors = {"one@firm.example", "both@firm.example", "all@firm.example"}
    everybody = auditors | {"dana@district.example", "tea@harbour.example"}
    for client in (dana, sam):
        assert listed(client, school=school.pk) == everybody
        assert listed(client, school=school.pk, role="auditor") == auditors
        assert listed(client, school=school.pk, role="teacher") == {"tea@harbour.example"}


def test_of_the_school_chosen_for_all_pages_nobody_of_another_district(dana: Client, school: School) -> None:
    """Who has two districts and chooses a school sees who reaches that one."""
    make.district(pk="d-2", name="Hill District")
    Membership.objects.create(
        user=User.objects.get(email="dana@district.example"), role="district_admin", district_id="d-2"
    )
    make.setting(school=make.school(name="Hill School"), key="district_id", value="d-2")
    people.member("district_admin", email="hill@else.example", district="d-2")
    people.member("auditor", email="all@firm.example", district="d-1", until=UNTIL)
    everybody = {"dana@district.example", "all@firm.example"}
    assert listed(dana) == everybody | {"hill@else.example"}
    dana.post(reverse("switch-school"), {"school": school.pk})
    assert listed(dana) == everybody


def test_who_lacks_a_second_factor_or_has_not_come_for_long(dana: Client, school: School) -> None:
    """An account without a factor; people not seen for 90 days, here or in the classroom."""
    make.teacher(school=school, email="plain@harbour.example", last_login=now())
    plain = people.account("plain@harbour.example", second_factor=False)
    make.teacher(school=school, email="gone@harbour.example", last_login=now() - timedelta(days=91))
    make.teacher(school=school, email="here@harbour.example", last_login=now() - timedelta(days=91))
    User.objects.filter(pk=people.account("here@harbour.example").pk).update(last_login=now())
    assert listed(dana, without_mfa="on") == {"plain@harbour.example"}
    assert listed(dana, quiet="on") == {"gone@harbour.example"}
    assert not Authenticator.objects.filter(user=plain).exists()


def test_a_search_by_part_of_a_name_or_address_stays_out_of_the_address(dana: Client, school: School) -> None:
    """In both lists, whatever the case, beside other filters and over pages; the address names the session's word."""
    make.teacher(school=school, name="Ada Marsh", email="teach@harbour.example")
    make.teacher(school=school, name="Bo Ferry", email="b.marshall@harbour.example", role="admin")
    make.teacher(school=make.school(), name="Far Marsh", email="else@hill.example")
    auditor = people.member("auditor", email="audit@marsh.example", schools=(school.pk,), until=UNTIL)
    User.objects.filter(pk=auditor.pk).update(name="Cy Firm")

    def found(**fields: str) -> set[str]:
        answer = dana.post(reverse("people-search"), fields)
        assert answer.status_code == 303
        assert "arsh" not in answer["Location"].casefold()
        return {one["line"].email for one in dana.get(answer["Location"]).context["lines"]}

    assert found(name=" MARSH ") == {"teach@harbour.example", "b.marshall@harbour.example", "audit@marsh.example"}
    assert found(name="cy f") == {"audit@marsh.example"}
    assert found(name="marsh", role="school_admin", quiet="on") == {"b.marshall@harbour.example"}
    assert found(name="nobody is called so") == set()
    assert dana.post(reverse("people-search"), {"name": "x" * 101}).status_code == 422
    assert "has ended" in dana.get(reverse("people-list"), {"search": "forgotten"}).content.decode()


def test_a_long_list_goes_on_from_the_portals_people_to_the_schools(
    dana: Client, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each person stands on one page, in the same order each time."""
    monkeypatch.setattr(queries, "PAGE_SIZE", 2)
    for number in range(3):
        make.teacher(school=school, name=f"Person {number}", email=f"p{number}@harbour.example")
        people.membership("auditor", district="d-1", until=UNTIL)
    seen, page = [], dana.get(reverse("people-list"))
    while True:
        seen += [one["line"].email for one in page.context["lines"]]
        if not page.context["next_url"]:
            break
        page = dana.get(page.context["next_url"])
    assert len(seen) == len(set(seen)) == 7
    assert seen[-3:] == ["p0@harbour.example", "p1@harbour.example", "p2@harbour.example"]
    assert dana.get(f"{reverse('people-list')}?cursor=x:y").status_code == 303


def test_a_persons_page_says_what_the_role_may_do(dana: Client, school: School) -> None:
    """In words, with second factor, sessions and the last sign-in."""
    tea = make.teacher(school=school, email="tea@harbour.example", role="teacher")
    page = dana.get(reverse("person-staff", args=[tea.pk])).content.decode()
    assert "See which students may be recorded" in page
    assert "Never signed in here" in page
    assert "See students and their records" not in page


def test_staff_lose_their_role_at_once(dana: Client, school: School, browser: Browser) -> None:
    """The catalog's row, the log, and the next click: out, with all sessions."""
    user, admin = people.staff("admin", school=school, email="admin@harbour.example")
    make.teacher(school=school, role="admin", email="other@harbour.example")
    hers = browser(user)
    assert hers.get("/students/").status_code == 200
    address = reverse("staff-change", args=[admin.pk])
    assert "counts from the person’s next click" in dana.get(address).content.decode()
    dana.post(address, {"role": "teacher", "status": "active"})
    assert row(admin.pk).role == "teacher"
    assert hers.get("/students/").status_code in {302, 403}
    assert not UserSession.objects.filter(user=user).exists()
    assert changes(school) == [{"change": "staff", "from": ["admin", "active"], "to": ["teacher", "active"]}]
    dana.post(address, {"role": "teacher", "status": "suspended"})
    assert row(admin.pk).status == "suspended"
    assert dana.post(address, {"role": "super_admin", "status": "active"}).status_code == 422


def test_the_last_administrator_does_not_lower_herself(school: School, browser: Browser) -> None:
    """A school's only admin stays one; with a second one she may go. Nobody touches what ClassWaves keeps."""
    user, admin = people.staff("admin", school=school, email="admin@harbour.example")
    hers, address = browser(user), reverse("staff-change", args=[admin.pk])
    hers.post(address, {"role": "teacher", "status": "active"})
    assert row(admin.pk).role == "admin"
    hers.post(address, {"role": "admin", "status": "deactivated"})
    assert row(admin.pk).status == "active"
    make.teacher(school=school, role="admin", email="other@harbour.example")
    hers.post(address, {"role": "teacher", "status": "active"})
    assert row(admin.pk).role == "teacher"
    above = make.teacher(school=school, role="super_admin", email="above@harbour.example")
    second = browser(people.staff("admin", school=school, email="second@harbour.example")[0])
    second.post(reverse("staff-change", args=[above.pk]), {"role": "teacher", "status": "active"})
    assert row(above.pk).role == "super_admin"


def test_a_membership_is_changed_suspended_and_ended(dana: Client, school: School, browser: Browser) -> None:
    """Its last day; suspended it counts no more, with the next click; ended it stays in the list as ended."""
    auditor = people.member("auditor", email="audit@firm.example", schools=(school.pk,), until=UNTIL)
    membership = Membership.objects.get(user=auditor)
    his = browser(auditor)
    assert his.get("/audit/").status_code == 200
    change = reverse("member-change", args=[membership.pk])
    yesterday = str(now().date() - timedelta(days=1))
    assert dana.post(change, {"ends_on": yesterday, "schools": [school.pk]}).status_code == 422
    assert dana.post(change, {"ends_on": "", "schools": [school.pk]}).status_code == 422
    dana.post(change, {"ends_on": str(now().date()), "schools": [school.pk]})
    membership.refresh_from_db()
    assert membership.ends_on == now().date()
    dana.post(reverse("member-suspend", args=[membership.pk]))
    his = browser(auditor)
    assert his.get("/audit/").status_code == 403
    dana.post(reverse("member-suspend", args=[membership.pk]))
    assert browser(auditor).get("/audit/").status_code == 200
    dana.post(reverse("member-end", args=[membership.pk]))
    assert browser(auditor).get("/audit/").status_code == 403
    assert listed(dana, state="deactivated") == {"audit@firm.example"}
    assert [one["change"] for one in changes(school)] == ["changed", "suspended", "resumed", "ended"]


@pytest.mark.parametrize("who", ["dana", "sam"])
def test_what_has_ended_needs_a_new_invitation(request: pytest.FixtureRequest, who: str, school: School) -> None:
    """Nobody brings it back by its last day or by a suspension lifted, ClassWaves neither; its end stays as it was."""
    client, ended = request.getfixturevalue(who), now().date() - timedelta(days=60)
    old = people.membership("district_admin", district="d-1", until=ended)
    change, suspend = (reverse(f"member-{word}", args=[old.pk]) for word in ("change", "suspend"))
    assert change not in client.get(reverse("person-member", args=[old.pk])).content.decode()
    for answer in (
        client.get(change, follow=True),
        client.post(change, {"ends_on": ""}, follow=True),
        client.post(suspend, follow=True),
    ):
        assert "Ended access needs a new invitation." in answer.content.decode()
    Membership.objects.filter(pk=old.pk).update(suspended_at=now())
    client.post(suspend)
    client.post(reverse("member-end", args=[old.pk]))
    old.refresh_from_db()
    assert (old.ends_on, old.suspended_at is None) == (ended, False)
    assert changes(school) == []


def test_what_ends_today_or_later_is_changed(dana: Client, school: School) -> None:
    """The last day is one on which it counts."""
    running = people.membership("district_admin", district="d-1", until=now().date())
    change = reverse("member-change", args=[running.pk])
    assert change in dana.get(reverse("person-member", args=[running.pk])).content.decode()
    dana.post(change, {"ends_on": ""})
    running.refresh_from_db()
    assert running.ends_on is None


def test_the_last_administrator_does_not_set_her_own_end(dana: Client, sam: Client, school: School) -> None:
    """Who stays counts the day after, and not today alone; she may have more time, and ClassWaves may set an end."""
    hers, today = Membership.objects.get(user__email="dana@district.example"), now().date()

    def ends(client: Client, day: date | None) -> date | None:
        client.post(reverse("member-change", args=[hers.pk]), {"ends_on": day or ""})
        hers.refresh_from_db()
        return hers.ends_on

    assert ends(dana, today) is None
    other = people.membership("district_admin", district="d-1", until=today)
    assert ends(dana, today) is None
    dana.post(reverse("member-end", args=[hers.pk]))
    assert ends(dana, UNTIL) is None
    Membership.objects.filter(pk=other.pk).update(ends_on=UNTIL)
    assert ends(dana, today) == today
    dana.post(reverse("member-end", args=[other.pk]))
    other.refresh_from_db()
    assert other.ends_on == UNTIL
    Membership.objects.filter(pk=other.pk).delete()
    assert ends(dana, date.max) == date.max
    assert ends(sam, today) == today


def told() -> list[str]:
    """Return the addresses that were told that ClassWaves lets an administrator count again, or for longer."""
    with system_scope(reason="test"):
        return list(
            OutgoingMail.objects.filter(kind="people.kept").order_by("address").values_list("address", flat=True)
        )


def test_the_district_is_told_whom_classwaves_lets_back(dana: Client, sam: Client, school: School) -> None:
    """Of a suspension lifted and of a later last day; not of what takes something away, nor of what it does itself."""
    membership = people.membership("district_admin", district="d-1", until=now().date() + timedelta(days=9))
    suspend, change = (reverse(f"member-{word}", args=[membership.pk]) for word in ("suspend", "change"))
    sam.post(suspend)
    assert told() == []
    sam.post(suspend)
    assert told() == ["dana@district.example"]
    sam.post(change, {"ends_on": str(now().date())})
    assert told() == ["dana@district.example"]
    sam.post(change, {"ends_on": ""})
    assert told() == ["dana@district.example"] * 2
    for _ in range(2):
        dana.post(suspend)
    assert told() == ["dana@district.example"] * 2


def test_the_offices_are_told_where_nobody_else_looks_after_the_district(sam: Client, school: School) -> None:
    """As for a district's first administrator."""
    membership = people.membership("district_admin", district="d-1")
    for _ in range(2):
        sam.post(reverse("member-suspend", args=[membership.pk]))
    assert told() == [school.admin_email]


def test_nobody_reaches_higher_than_they_are(dana: Client, sam: Client, school: School, browser: Browser) -> None:
    """A school's admin sees the district's and changes them not; ClassWaves no auditor; the last one not herself."""
    admin = browser(people.staff("admin", school=school, email="admin@harbour.example")[0])
    of_dana = Membership.objects.get(user__email="dana@district.example")
    auditor = people.membership("auditor", district="d-1", until=UNTIL)
    assert "dana@district.example" in listed(admin)
    for client, which in ((admin, of_dana), (sam, auditor), (dana, of_dana)):
        client.post(reverse("member-end", args=[which.pk]))
        which.refresh_from_db()
        assert which.counts_on(now().date())
    dana.post(reverse("member-suspend", args=[of_dana.pk]))
    of_dana.refresh_from_db()
    assert of_dana.suspended_at is None


def test_sessions_are_ended_from_the_persons_page(dana: Client, school: School, browser: Browser) -> None:
    """Lost laptop: every session of the person ends, and the log says so."""
    user, admin = people.staff("admin", school=school, email="admin@harbour.example")
    hers = browser(user)
    UserSession.objects.create(user=user, session_key=hers.session.session_key, ip="192.0.2.1", user_agent="x")
    dana.post(reverse("staff-sign-out", args=[admin.pk]))
    assert hers.get("/students/").status_code == 302
    delivery.deliver()
    with system_scope(reason="test"):
        assert AuditLog.objects.get(event_type="auth.signed_out").school_id == school.pk


def test_one_session_ends_alone(browser: Browser, dana: Client, school: School) -> None:
    """The browser that nobody knows is out, the other stays; what names no session of this person ends none."""
    user, admin = people.staff("admin", school=school, email="admin@harbour.example")
    here, there = browser(user), browser(user)
    known, unknown = (
        UserSession.objects.create(user=user, session_key=one.session.session_key, ip="192.0.2.1", user_agent="x")
        for one in (here, there)
    )
    other = UserSession.objects.create(
        user=people.account("x@y.example"), session_key="k", ip="192.0.2.1", user_agent="x"
    )
    address = reverse("staff-sign-out", args=[admin.pk])
    for wrong in (other.pk, "all", "-1", "9" * 40):
        dana.post(address, {"session": wrong})
    assert UserSession.objects.count() == 3
    dana.post(address, {"session": unknown.pk})
    assert list(UserSession.objects.filter(user=user)) == [known]
    assert there.get("/students/").status_code == 302
    assert here.get("/students/").status_code == 200


def test_no_account_of_classwaves_gets_a_district(school: School) -> None:
    """Granted by anybody, by any way, at any address of theirs: it would be a way past the grant."""
    sam = people.member("super_admin", email="sam@classwaves.example")
    for user in (sam, people.account("other@classwaves.example")):
        with pytest.raises(MembershipRefused):
            grant_membership(user=user, role=Role.DISTRICT_ADMIN, by=system("test"), district_id="d-1")


def test_classwaves_changes_nobody_of_a_school(sam: Client, school: School) -> None:
    """Not even within a grant: a role that it gave would be a way to students after the grant's end."""
    tea = make.teacher(school=school, email="tea@harbour.example")
    address = reverse("staff-change", args=[tea.pk])
    sam.post(address, {"role": "admin", "status": "active"})
    support.entered(sam, support.grant("d-1").pk)
    sam.post(address, {"role": "admin", "status": "active"})
    assert row(tea.pk).role == "teacher"


def test_a_school_locks_nobody_of_its_district_out(browser: Browser, dana: Client, school: School) -> None:
    """Whoever works nowhere any more is out of the portal: so a school cannot stop the district's administrator."""
    make.teacher(school=school, role="admin", email="ada@harbour.example")
    ada = browser(people.account("ada@harbour.example"))
    once = make.teacher(school=school, email="dana@district.example")
    ada.post(reverse("staff-change", args=[once.pk]), {"role": "teacher", "status": "deactivated"})
    assert row(once.pk).status == "active"
    assert dana.get(reverse("people-list")).status_code == 200
