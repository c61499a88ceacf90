"""What stands in the side navigation, the school switcher and the account menu."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import RequestFactory

from classwaves_admin.accounts.access import Access
from classwaves_admin.accounts.permissions import Permission
from classwaves_admin.accounts.roles import Role
from classwaves_admin.portal.navigation import Group, Page, links, navigation


def context(role: Role | None, path: str = "/", **attributes: Any) -> dict[str, Any]:
    """Return the navigation of a request by someone of `role`."""
    request = RequestFactory().get(path)
    request.access = Access(role)  # type: ignore[attr-defined]
    for name, value in attributes.items():
        setattr(request, name, value)
    return navigation(request)


def labels(found: dict[str, Any]) -> list[str]:
    """Return the words of all links, in order."""
    return [str(link.label) for group in found["navigation"] for link in group.links]


def test_a_teacher_sees_only_who_may_be_recorded() -> None:
    """Links follow the role's permissions."""
    assert "Students" not in labels(context(Role.TEACHER))
    assert "Audit log" not in labels(context(Role.TEACHER))


def test_an_auditor_sees_the_log_but_no_students() -> None:
    """An auditor searches the log; student pages are not offered."""
    assert "Audit log" in labels(context(Role.AUDITOR))
    assert "Students" not in labels(context(Role.AUDITOR))


def test_home_is_the_first_page_that_the_role_may_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """The way home never leads to a refusal."""
    pages = (
        Page("Delivery", "outbox", Permission.SEE_DELIVERY, "send"),
        Page("Audit log", "audit-list", Permission.SEE_AUDIT, "history"),
    )
    monkeypatch.setattr("classwaves_admin.portal.navigation.SIDE", (Group("", pages),))
    assert context(Role.AUDITOR)["home_url"] == "/audit/"
    assert context(Role.SUPER_ADMIN)["home_url"] == "/system/outbox/"


@pytest.mark.parametrize(("path", "current"), [("/audit/", "page"), ("/audit/x/", "true"), ("/", "")])
def test_the_page_and_its_parent_are_marked(path: str, current: str) -> None:
    """The open page is `page`; a list above the open record is `true`."""
    page = Page("Audit log", "audit-list", Permission.SEE_AUDIT, "history")
    (link,) = links((page,), Access(Role.AUDITOR), path)
    assert link.current == current


def test_the_mailbox_is_offered_in_development_only(settings: Any) -> None:
    """Captured mail is a development tool."""
    settings.DEVELOPMENT = False
    assert "Mailbox" not in labels(context(Role.SUPER_ADMIN))


def test_a_page_that_is_not_installed_is_left_out() -> None:
    """A missing route takes its link away and breaks nothing."""
    page = Page("Elsewhere", "no-such-route", Permission.SEE_AUDIT, "history")
    assert links((page,), Access(Role.AUDITOR), "/") == ()


def test_one_school_needs_no_switcher() -> None:
    """With one school the header shows its name only."""
    found = context(Role.SCHOOL_ADMIN, school_choices=(("a", "Hill"),), school=None)
    assert (found["school_switcher"], found["school_name"]) == ((), "Hill")


@pytest.mark.parametrize(("chosen", "name"), [("b", "Lake"), (None, "All my schools")])
def test_several_schools_can_be_switched(chosen: str | None, name: str) -> None:
    """The header names the chosen school, or all of them."""
    choices = (("a", "Hill"), ("b", "Lake"))
    found = context(Role.DISTRICT_ADMIN, school_choices=choices, school=chosen)
    assert (found["school_switcher"], str(found["school_name"])) == (choices, name)


def test_a_request_that_failed_early_has_an_empty_navigation() -> None:
    """Error pages use the context before access is known."""
    found = navigation(RequestFactory().get("/"))
    assert (found["navigation"], found["account_navigation"], found["home_url"]) == ((), (), "/")


def test_the_account_menu_names_the_person() -> None:
    """The name and the role stand in the menu."""
    found = context(Role.TEACHER, user=SimpleNamespace(__str__=lambda: "x"))
    assert found["role_label"] == "Teacher"
