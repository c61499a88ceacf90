"""What the sample's people did through the portal's own actions, once the catalog has the rest of the sample.

The words are the same on every machine; ids of these rows are the actions' own.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction

from audit.unusual import start_looking
from classwaves_admin.accounts.directory import standing_of
from classwaves_admin.accounts.models import Membership, User
from classwaves_admin.accounts.roles import Role
from classwaves_admin.inventory.actions.subprocessors import add_subprocessor
from classwaves_admin.inventory.actions.surveys import start_survey
from classwaves_admin.inventory.models import Subprocessor
from classwaves_admin.lib.actor import Actor, ActorType, system
from classwaves_admin.notifications import catalog
from classwaves_admin.notifications.models import OutgoingMail, State
from classwaves_admin.people.actions import reviews
from classwaves_admin.people.actions.support import ask_support
from classwaves_admin.people.rules.reviews import Decision
from classwaves_admin.portal.sample.plans import SubprocessorPlan, plans
from classwaves_admin.tenancy.scope import inside, system_scope
from consent.actions.coverage import start_coverage
from consent.actions.mail import MANAGE
from consent.actions.manage import send_links_to_manage
from consent.models import Answer

SUPPORT_HOURS = 24
# Of the people in the review so many are confirmed; the rest waits for whoever tries the page.
CONFIRMED = 3


def already_done() -> bool:
    """Tell whether these things are done: an entry of the list of subprocessors is never deleted."""
    return Subprocessor.objects.exists()


def do_all(now: datetime) -> None:
    """Do all of it, in one transaction. The worker makes what every night makes, as soon as there is one."""
    people = {membership.role: membership for membership in Membership.objects.select_related("user")}
    classwaves, office = people[Role.SUPER_ADMIN].user, people[Role.DISTRICT_ADMIN]
    with transaction.atomic(), system_scope(reason="the sample is about every school"):
        for plan in plans().subprocessors:
            _list(plan, _at_the_desk(classwaves), now)
        _ask_for_support(classwaves, office.district_id, now)
        _begin_a_review(office, now)
        _fail_a_mail(now - timedelta(days=1))
        start_survey(by=system("inventory"), now=now)
        start_coverage(by=system("consent"), now=now)
        start_looking(by=system("audit"), now=now)


def _at_the_desk(user: User) -> Actor:
    return Actor(str(user.pk), ActorType.ADMIN)


def _list(plan: SubprocessorPlan, by: Actor, now: datetime) -> None:
    def day(days_ago: int) -> date:
        return now.date() - timedelta(days=days_ago)

    says = {
        "name": plan.name,
        "purpose": plan.purpose,
        "classes": list(plan.classes),
        "location": plan.location,
        "since": day(plan.since_days_ago),
        "until": day(plan.until_days_ago) if plan.until_days_ago else None,
        "agreement": plan.agreement,
    }
    add_subprocessor(says=says, by=by, now=now - timedelta(days=plan.since_days_ago))


def _ask_for_support(user: User, district_id: str, now: datetime) -> None:
    """Ask the district's administrator, whose answer waits."""
    reason = "A teacher writes that a group's transcript stays empty: we want to see the recording's way."
    ask_support(district_id=district_id, hours=SUPPORT_HOURS, reason=reason, user=user, by=_at_the_desk(user), now=now)


def _begin_a_review(office: Membership, now: datetime) -> None:
    """Begin the review of who has access, and confirm some."""
    user, by, access = office.user, _at_the_desk(office.user), standing_of(office.user, today=now.date()).access
    at = now - timedelta(days=2)
    with inside(access.scope):
        review = reviews.start(
            district_id=office.district_id,
            school_id="",
            where=plans().district["name"],
            access=access,
            user=user,
            by=by,
            now=at,
        )
        for line in review.lines.order_by("email", "id")[:CONFIRMED]:
            at += timedelta(minutes=1)
            reviews.decide(line=line, decision=Decision.KEEP, access=access, user=user, by=by, now=at)


def _fail_a_mail(at: datetime) -> None:
    """Let a guardian, whose mailbox is full, ask for the link to their answers."""
    reachable = Answer.objects.filter(guardian__restricted_at=None).exclude(guardian__email="")
    answer = reachable.select_related("guardian").order_by("id")[0]
    send_links_to_manage(address=answer.guardian.email, by=system("mail"), now=at)
    mail = OutgoingMail.objects.get(kind=MANAGE, refers_to=answer.guardian.pk)
    mail.state, mail.attempts, mail.failure_reason = State.FAILED, 1, "smtp_552"
    mail.address, mail.context, mail.next_attempt_at = "", {}, None
    mail.save()
    catalog.follow({mail.pk: 1}, State.FAILED, now=at, failure_reason=mail.failure_reason)
