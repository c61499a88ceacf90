"""The pages of the portal as a person's role may open them, for the layouts of `templates/`.

Declared as data. A context processor (`navigation`) turns the declarations into links for one request.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from classwaves_admin.accounts.access import Access
from classwaves_admin.accounts.permissions import Permission


@dataclass(frozen=True, slots=True)
class Page:
    """One link: its words, the name of its URL, who may open it, its icon in `img/icons.svg`."""

    label: str | Promise
    url_name: str
    permission: Permission
    icon: str
    only_in_development: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that belong together, under a title (empty for the first)."""

    title: str | Promise
    pages: tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A page as one request shows it. `current` is "page", "true" (a page below it) or empty."""

    label: str | Promise
    url: str
    icon: str
    current: str


@dataclass(frozen=True, slots=True)
class LinkGroup:
    """A group with the links that this person may follow."""

    title: str | Promise
    links: tuple[Link, ...]


SIDE: tuple[Group, ...] = (
    Group(
        "",
        (
            Page(_("Dashboard"), "dashboard", Permission.SEE_DASHBOARD, "home"),
            Page(_("The installation"), "dashboard", Permission.SEE_DELIVERY, "home"),
            Page(_("Students"), "student-list", Permission.SEE_STUDENTS, "groups"),
            Page(_("Who may be recorded"), "consent-states", Permission.SEE_CONSENT_STATE, "verified_user"),
            Page(_("Sessions"), "session-list", Permission.SEE_CONSENT_STATE, "schedule"),
            Page(_("Needs a person"), "worklist", Permission.MANAGE_CONSENT, "flag"),
        ),
    ),
    Group(
        _("Consent"),
        (
            Page(_("Requests sent"), "campaign-list", Permission.ASK_CONSENT, "send"),
            Page(_("Notices to parents"), "notice-list", Permission.EDIT_NOTICES, "edit"),
            Page(_("Mail templates"), "template-list", Permission.EDIT_NOTICES, "edit"),
            Page(_("Mail queue"), "queue-list", Permission.SEE_MAIL, "mail_outline"),
            Page(_("School authorizations"), "authorization-list", Permission.MANAGE_CONSENT, "verified"),
            Page(_("Ages"), "age-list", Permission.MANAGE_AGES, "event"),
            Page(_("Rosters"), "roster-list", Permission.IMPORT_ROSTERS, "upload_file"),
        ),
    ),
    Group(
        _("Accountability"),
        (
            Page(_("Retention"), "policy-list", Permission.SEE_RETENTION, "hourglass_empty"),
            Page(_("Requests about data"), "request-list", Permission.SEE_REQUESTS, "help"),
            Page(_("Legal holds"), "hold-list", Permission.SEE_REQUESTS, "lock"),
            Page(_("Data inventory"), "inventory", Permission.SEE_INVENTORY, "list"),
            Page(_("Audit log"), "audit-list", Permission.SEE_AUDIT, "history"),
            Page(_("Proof"), "seal-list", Permission.SEE_PROOF, "verified"),
            Page(_("Reports"), "report-list", Permission.DOWNLOAD_REPORTS, "insights"),
            Page(_("Disclosures"), "disclosure-list", Permission.DOWNLOAD_REPORTS, "send"),
        ),
    ),
    Group(
        _("Schools and people"),
        (
            Page(_("Districts"), "district-list", Permission.SEE_DISTRICTS, "public"),
            Page(_("Schools"), "school-list", Permission.SEE_SCHOOLS, "school"),
            Page(_("People"), "people-list", Permission.SEE_PEOPLE, "people"),
            Page(_("Support access"), "support-list", Permission.SEE_SUPPORT, "lock_open"),
        ),
    ),
    Group(
        _("System"),
        (
            Page(_("Delivery to the catalog"), "outbox", Permission.SEE_DELIVERY, "send"),
            Page(_("Mail of other services"), "queue-others", Permission.SEE_MAIL_OF_OTHERS, "mail_outline"),
            Page(_("Texts of other services"), "template-others", Permission.SEE_SYSTEM, "edit"),
            Page(_("Jobs"), "job-list", Permission.SEE_SYSTEM, "autorenew"),
            Page(_("Events"), "event-list", Permission.SEE_SYSTEM, "report"),
            Page(_("Requests and speed"), "api-metrics", Permission.SEE_SYSTEM, "schedule"),
            Page(_("Keys of the interface"), "key-list", Permission.MANAGE_KEYS, "lock"),
            Page(_("Rows of no school"), "run-list", Permission.SEE_DELIVERY, "hourglass_empty"),
            Page(_("The catalog’s server"), "warehouse", Permission.SEE_DELIVERY, "insights"),
            Page(_("Mailbox"), "mailbox", Permission.SEE_OWN_ACCOUNT, "mail_outline", only_in_development=True),
        ),
    ),
)
ACCOUNT: tuple[Page, ...] = (
    Page(_("Two-factor authentication"), "mfa_index", Permission.SEE_OWN_ACCOUNT, "security"),
    Page(_("Where I am signed in"), "usersessions_list", Permission.SEE_OWN_ACCOUNT, "language"),
    Page(_("Change password"), "account_change_password", Permission.SEE_OWN_ACCOUNT, "lock"),
)


@cache
def _address(url_name: str, prefix: str) -> str | None:
    """Return the address of a page below `prefix`, where the portal stands. Every page asks for twenty."""
    # An installation may leave out whole slices (the mailbox exists in development only): such a page has no
    # address, and its link is left out rather than breaking every other page.
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return None


def _current(url: str, path: str) -> str:
    if path == url:
        return "page"
    return "true" if url != "/" and path.startswith(url) else ""


def links(pages: tuple[Page, ...], access: Access, path: str) -> tuple[Link, ...]:
    """Return the links of `pages` that `access` may follow, seen from `path`."""
    found: list[Link] = []
    prefix = get_script_prefix()
    for page in pages:
        if not access.may(page.permission) or (page.only_in_development and not settings.DEVELOPMENT):
            continue
        url = _address(page.url_name, prefix)
        if url and all(link.url != url for link in found):  # a support grant gives the first page two names
            found.append(Link(page.label, url, page.icon, _current(url, path)))
    return tuple(found)


def _school_name(request: HttpRequest) -> str | Promise:
    choices: tuple[tuple[str, str], ...] = getattr(request, "school_choices", ())
    if len(choices) == 1:
        return choices[0][1]
    chosen = getattr(request, "school", None)
    return next((name for id_, name in choices if id_ == chosen), _("All my schools") if choices else "")


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Give the layouts their navigation, school switcher and account menu.

    Works for any request, also one that failed before the person's access was known.
    """
    access = getattr(request, "access", None) or Access()
    groups = (LinkGroup(group.title, links(group.pages, access, request.path)) for group in SIDE)
    side = tuple(group for group in groups if group.links)
    choices = getattr(request, "school_choices", ())
    user = getattr(request, "user", None)
    return {
        "navigation": side,
        "account_navigation": links(ACCOUNT, access, request.path),
        "home_url": side[0].links[0].url if side else "/",
        "school_switcher": choices if len(choices) > 1 else (),
        "school_id": getattr(request, "school", None),
        "school_name": _school_name(request),
        "account_name": str(user) if user is not None else "",
        "role_label": access.role.label if access.role else "",
        "support": access.support,
        "support_clock": getattr(request, "school", None) or (choices[0][0] if choices else ""),
    }
