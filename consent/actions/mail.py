"""Queues the mails of consent. Links and codes are added by `consent.emails` at sending time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from classwaves_admin.notifications.actions import Draft, Recipient, queue_mails
from classwaves_admin.schools.queries import time_zone
from classwaves_admin.warehouse.models import School, Student
from consent.dates import day_in_words, moment_in_words
from consent.models import Answer, Guardian, Invitation, Withdrawal
from consent.notices.markdown import to_text
from consent.notices.texts import Notice, online_notice_url
from consent.queries.families import answers_for_self
from consent.rules.names import first_name, one_line
from consent.vocabulary import ConsentType, Relationship, label_for

INVITATION = "consent.invitation"
VERIFICATION = "consent.verification"
RECEIPT = "consent.receipt"
MANAGE = "consent.manage"
WITHDRAWAL = "consent.withdrawal"
RENEWAL = "consent.renewal"
REMINDER = "consent.reminder"
CONFIRM_REMINDER = "consent.confirm_reminder"


def queue_invitation(
    invitation: Invitation, school: School, children: Iterable[Student], notices: Iterable[Notice], *, now: datetime
) -> str:
    """Queue the direct notice with the request (312.4(c)): the mail holds the whole text."""
    own = answers_for_self(invitation.guardian_id)
    return queue_mails([invitation_draft(invitation, school, children, notice_text(notices), own=own)], now=now)[0]


def invitation_draft(
    invitation: Invitation, school: School, children: Iterable[Student], notice: str, *, own: bool
) -> Draft:
    """Return the mail of a request; `notice` is what `notice_text` gives for the invitation's language.

    `own` tells that an adult student is asked, who answers alone.
    Where the guardian is asked again, it says until when the answers of before count.
    """
    context = {"children": names(children), "notice": notice, "own": "own" if own else ""}
    if invitation.renews_until is None:
        return _draft(INVITATION, invitation, school, context)
    return _draft(RENEWAL, invitation, school, {**context, "ends": _day(invitation.renews_until, invitation)})


def notice_text(notices: Iterable[Notice]) -> str:
    """Return the notices as the mail holds them."""
    return "\n\n\n".join(to_text(notice.text) for notice in notices)


def reminder_draft(invitation: Invitation, school: School, children: Iterable[Student]) -> Draft:
    """Return a reminder of a request without an answer. The notice in full was in the first mail and stands online."""
    ends = _day(invitation.renews_until, invitation) if invitation.renews_until else ""
    until = _day(invitation.expires_at, invitation)
    return _draft(REMINDER, invitation, school, {"children": names(children), "until": until, "ends": ends})


def confirm_reminder_draft(invitation: Invitation, school: School, children: Iterable[Student]) -> Draft:
    """Return a reminder of the second step."""
    context = {"children": names(children), "answers": _answers(invitation, children)}
    return _draft(CONFIRM_REMINDER, invitation, school, context)


def queue_verification(invitation: Invitation, school: School, children: Iterable[Student], *, now: datetime) -> str:
    """Queue the second step (312.5(b)(2)(vi)), with what was said and that it can be revoked."""
    context = {"children": names(children), "answers": _answers(invitation, children)}
    return _queue(VERIFICATION, invitation, school, context, now=now)


def queue_receipt(invitation: Invitation, school: School, children: Iterable[Student], *, now: datetime) -> str:
    """Queue what is now on record."""
    context = {
        "children": names(children),
        "answers": _answers(invitation, children),
        "date": _day(now, invitation),
    }
    return _queue(RECEIPT, invitation, school, context, now=now)


def queue_manage(guardian: Guardian, school: School, *, now: datetime) -> str:
    """Queue a link to see, change and take back answers. It names no child: anyone may have typed the address."""
    draft = _draft_to(MANAGE, guardian, school, {}, language=guardian.language, refers_to=guardian.id)
    return queue_mails([draft], now=now)[0]


def queue_withdrawal(
    withdrawal: Withdrawal,
    school: School,
    ended: Sequence[tuple[Student, Collection[ConsentType]]],
    language: str,
    *,
    now: datetime,
) -> str:
    """Queue the word that consents have ended, and what happens to the data."""
    zone = time_zone(school.id)
    with translation.override(language):
        context = {
            "children": names(student for student, _ in ended),
            "taken_back": "\n\n".join(_ended(student, types, withdrawal.guardian) for student, types in ended),
            "date": moment_in_words(now, zone),
            "data": data_in_words(withdrawal, zone),
        }
    draft = _draft_to(WITHDRAWAL, withdrawal.guardian, school, context, language=language, refers_to=withdrawal.id)
    return queue_mails([draft], now=now)[0]


def _ended(student: Student, types: Collection[ConsentType], guardian: Guardian) -> str:
    """Return what ended for one child, in the active language."""
    relationship = Relationship.SELF if answers_for_self(guardian.id) else Relationship.PARENT
    lines = (f"- {label_for(kind, relationship)}" for kind in ConsentType if kind in types)
    return "\n".join([first_name(student.display_name), *lines])


def data_in_words(withdrawal: Withdrawal, zone: ZoneInfo) -> str:
    """Return what happens to the data after a withdrawal, in the active language."""
    if withdrawal.due_at is None:
        return gettext(
            "You chose to keep what was recorded so far. "
            "It is kept as long as the notice says. Then it is deleted. Nothing new is recorded."
        )
    return gettext(
        "You chose to delete what was recorded so far. The school has your request and must be done by %(day)s. "
        "If the law makes the school keep a part, the school will tell you which part and why."
    ) % {"day": day_in_words(withdrawal.due_at, zone)}


def names(children: Iterable[Student]) -> str:
    """Return the first names of the children, never a surname, in one line."""
    return ", ".join(first_name(child.display_name) for child in sorted(children, key=lambda child: child.display_name))


def _queue(kind: str, invitation: Invitation, school: School, context: dict[str, str], *, now: datetime) -> str:
    return queue_mails([_draft(kind, invitation, school, context)], now=now)[0]


def _draft(kind: str, invitation: Invitation, school: School, context: dict[str, str]) -> Draft:
    return _draft_to(kind, invitation.guardian, school, context, language=invitation.language, refers_to=invitation.id)


def _draft_to(
    kind: str, guardian: Guardian, school: School, context: dict[str, str], *, language: str, refers_to: str
) -> Draft:
    shared = {
        "school": one_line(school.name),
        "contact": one_line(school.admin_email),
        "notice_url": online_notice_url(school.id),
        # An adult student is asked as "you"; any text means yes.
        "own": context["own"] if "own" in context else ("own" if answers_for_self(guardian.id) else ""),
        "manage_url": settings.PORTAL_URL + reverse("consent-manage"),
    }
    return Draft(
        kind=kind,
        recipient=Recipient(address=guardian.email, user_id=guardian.id, language=language),
        context={**shared, **context},
        school_id=school.id,
        refers_to=refers_to,
    )


def _day(moment: datetime, invitation: Invitation) -> str:
    """Return a day of the school's calendar in the language of the invitation."""
    with translation.override(invitation.language):
        return day_in_words(moment, time_zone(invitation.school_id))


def _answers(invitation: Invitation, children: Iterable[Student]) -> str:
    """Return what was answered, child by child, in the language of the invitation."""
    said: dict[str, dict[str, Answer]] = {}
    for answer in Answer.objects.filter(invitation=invitation):
        said.setdefault(answer.student_id, {})[answer.consent_type] = answer
    with translation.override(invitation.language):
        blocks = []
        for child in sorted(children, key=lambda child: child.display_name):
            answers = said.get(child.id, {})
            lines = [
                f"- {label_for(kind, answers[kind].relationship)}: {_said(answers[kind])}"
                for kind in ConsentType
                if kind in answers
            ]
            blocks.append("\n".join([first_name(child.display_name), *lines]))
    return "\n\n".join(blocks)


def _said(answer: Answer) -> str:
    """Return yes or no, and that a yes which no mail can confirm does not count yet."""
    if not answer.given:
        return gettext("no")
    if answer.awaits_second_step or answer.verified_at:
        return gettext("yes")
    return f"{gettext('yes')}. {gettext('The school will contact you about this one.')}"
