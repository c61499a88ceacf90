"""Campaigns: a list that was frozen, worked off in portions, each guardian asked once."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from classwaves_admin.jobs import running
from classwaves_admin.jobs.models import Job, State
from classwaves_admin.lib.clock import now
from classwaves_admin.notifications.models import OutgoingMail
from classwaves_admin.notifications.sending import deliver_due
from classwaves_admin.warehouse.guard import writing
from classwaves_admin.warehouse.models import AuditLog, School, Student
from consent.actions import campaigns as actions
from consent.models import Campaign, CampaignGuardian, Guardian, Guardianship, Invitation
from consent.models.campaigns import Turn
from consent.queries.campaigns import progress_of
from consent.rules.asking import GONE, Skip
from tests.factories import campaigns, families
from tests.factories import catalog as make
from tests.integration.consent.conftest import Parent, answers_for, ask

pytestmark = [pytest.mark.django_db(databases=["default", "warehouse"], transaction=True), pytest.mark.integration]


def asked(guardian: Guardian) -> int:
    """Return how many requests a guardian has."""
    return Invitation.objects.filter(guardian=guardian).count()


def child_of(school: School, number: int) -> tuple[Student, Guardian]:
    """Save a student with one guardian."""
    student = make.student(school=school, display_name=f"Child {number}")
    return student, families.guardian(student)


def test_everyone_on_the_list_gets_one_mail_and_the_log_says_so(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Portions of two: five guardians, five requests, five mails, five events, siblings together."""
    monkeypatch.setattr(actions, "PORTION", 2)
    guardians = [child_of(school, number)[1] for number in range(4)]
    siblings = [make.student(school=school, display_name=name) for name in ("Ana Lopez", "Leo Lopez")]
    guardians.append(families.guardian(*siblings))
    campaign = campaigns.campaign(school)
    job = campaigns.worked_off(campaign)
    assert (job.state, job.done, job.total) == (State.DONE, 5, 5)
    deliver_due()
    assert sorted(letter.to[0] for letter in mail.outbox) == sorted(one.email for one in guardians)
    assert {str(letter.subject).rpartition(" for ")[2] for letter in mail.outbox} >= {"Ana, Leo"}
    events = AuditLog.objects.filter(event_type="consent.requested")
    assert sorted(len(json.loads(one.affected_student_ids or "")) for one in events) == [1, 1, 1, 1, 2]
    assert {(one.actor_id, one.actor_type) for one in events} == {("teacher-1", "admin")}
    assert AuditLog.objects.filter(event_type="notice.sent").count() == 5
    assert set(CampaignGuardian.objects.values_list("turn", flat=True)) == {Turn.ASKED}


def test_a_portion_that_runs_again_asks_nobody_twice(school: School) -> None:
    """The job's step may come twice: after a restart, or from two workers."""
    _, guardian = child_of(school, 1)
    campaign = campaigns.campaign(school)
    job = campaigns.worked_off(campaign)
    progress = actions.ask_portion(job=job, now=now())
    assert (progress.done, progress.finished) == (1, True)
    Job.objects.filter(pk=job.pk).update(state=State.QUEUED, next_attempt_at=now())
    running.run(job.pk)
    assert (asked(guardian), OutgoingMail.objects.count()) == (1, 1)


def test_two_campaigns_about_the_same_children_ask_once(school: School) -> None:
    """Two desks confirm the same list; the second finds everybody asked and says so."""
    _, guardian = child_of(school, 1)
    first, second = campaigns.campaign(school), campaigns.campaign(school)
    campaigns.worked_off(first)
    assert campaigns.worked_off(second).state == State.DONE
    assert asked(guardian) == 1
    assert progress_of(second).left_out == {Skip.OUTSTANDING.value: 1}


def test_what_happened_since_the_confirmation_counts(school: School) -> None:
    """A court order, a new address that is none, a child who left: each is left out with its reason."""
    pairs = [child_of(school, number) for number in range(4)]
    campaign = campaigns.campaign(school)
    Guardianship.objects.filter(guardian=pairs[0][1]).update(restricted=True)
    Guardian.objects.filter(pk=pairs[1][1].pk).update(email="")
    Guardianship.objects.filter(guardian=pairs[2][1]).delete()
    campaigns.worked_off(campaign)
    assert [asked(guardian) for _, guardian in pairs] == [0, 0, 0, 1]
    assert progress_of(campaign).left_out == {Skip.RESTRICTED.value: 1, Skip.NO_ADDRESS.value: 1, GONE: 1}


def test_nobody_is_asked_about_a_child_who_was_not_confirmed(school: School, child: Student) -> None:
    """A brother who came after the confirmation is not in the mail."""
    guardian = families.guardian(child)
    campaign = campaigns.campaign(school)
    brother = make.student(school=school, display_name="Leo Lopez")
    Guardianship.objects.create(guardian=guardian, school_id=school.id, student_id=brother.id, relationship="mother")
    campaigns.worked_off(campaign)
    deliver_due()
    assert str(mail.outbox[0].subject).endswith("for Ana")


def test_a_notice_that_lost_a_slot_stops_the_campaign_until_it_is_filled(school: School, office: Client) -> None:
    """The page says what to do; afterwards it goes on, and nobody is asked twice."""
    _, guardian = child_of(school, 1)
    campaign = campaigns.campaign(school)
    contact = school.admin_email
    with writing():
        School.objects.filter(pk=school.pk).update(admin_email="")
    assert campaigns.worked_off(campaign).failure == actions.NOTICE_INCOMPLETE
    page = office.get(reverse("campaign-detail", args=[campaign.id])).content.decode()
    assert "The notice is not complete" in page
    assert "Go on and ask 1 more" in page
    with writing():
        School.objects.filter(pk=school.pk).update(admin_email=contact)
    office.post(reverse("campaign-go-on", args=[campaign.id]))
    assert campaigns.worked_off(campaign).state == State.DONE
    assert asked(guardian) == 1


def test_a_campaign_can_be_stopped_and_gone_on_with(
    school: School, office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After Stop nobody else is asked; Go on asks the rest; the log says who did which, each once."""
    monkeypatch.setattr(actions, "PORTION", 1)
    guardians = [child_of(school, number)[1] for number in range(3)]
    campaign = campaigns.campaign(school)
    actions.ask_portion(job=campaigns.job(campaign), now=now())
    page = office.post(reverse("campaign-stop", args=[campaign.id]), follow=True).content.decode()
    assert "Stopped" in page
    assert "Go on and ask 2 more" in page
    campaigns.worked_off(campaign)
    assert sum(asked(guardian) for guardian in guardians) == 1
    for step in ("campaign-stop", "campaign-go-on", "campaign-go-on"):
        office.post(reverse(step, args=[campaign.id]))
    told = AuditLog.objects.filter(resource_type="campaign", resource_id=campaign.id).order_by("event_timestamp")
    assert [(one.event_type, json.loads(one.data_accessed or ""), one.actor_type) for one in told] == [
        ("consent.asking_stopped", {"waiting": 2, "guardians": 3}, "admin"),
        ("consent.asking_resumed", {"waiting": 2, "guardians": 3}, "admin"),
    ]
    assert campaigns.worked_off(campaign).state == State.DONE
    assert [asked(guardian) for guardian in guardians] == [1, 1, 1]
    assert "Stop</button>" not in office.get(reverse("campaign-detail", args=[campaign.id])).content.decode()


def test_the_page_counts_what_came_of_it(school: School, child: Student, office: Client) -> None:
    """Sent, waiting, failed, opened, answered, verified; no name of anybody."""
    parent = Parent(families.guardian(child))
    _, silent = child_of(school, 2)
    campaign = campaigns.campaign(school)
    campaigns.worked_off(campaign)
    before = progress_of(campaign)
    assert (before.mails_waiting, before.reached.asked, before.reached.sent) == (2, 2, 0)
    assert before.is_moving
    parent.answer(parent.link(), answers_for(child))
    parent.post(parent.link("/c/v/"), {})
    deliver_due()
    OutgoingMail.objects.filter(refers_to=Invitation.objects.get(guardian=silent).id).update(state="failed")
    after = progress_of(campaign)
    assert tuple(after.reached) == (2, 2, 1, 1, 1)
    assert (after.mails_waiting, after.mails_failed, after.is_moving) == (0, 1, False)
    page = office.get(reverse("campaign-detail", args=[campaign.id])).content.decode()
    assert not any(word in page for word in ("Ana", "Lopez", parent.guardian.name, parent.guardian.email))


def test_the_page_renews_itself_while_work_goes_on(school: School, office: Client) -> None:
    """With scripts every two seconds, without them every five; afterwards neither."""
    child_of(school, 1)
    campaign = campaigns.campaign(school)
    address = reverse("campaign-detail", args=[campaign.id])
    page = office.get(address).content.decode()
    assert 'hx-trigger="every 2s"' in page
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page
    campaigns.worked_off(campaign)
    deliver_due()
    page = office.get(address).content.decode()
    assert "every 2s" not in page
    assert "http-equiv" not in page
    assert "Everyone on the list has been asked" in page


def test_the_list_shows_campaigns_newest_first_page_by_page(school: School, office: Client) -> None:
    """Twenty-five a page, by keyset; an empty list says what to do."""
    assert "Nobody has been asked yet" in office.get(reverse("campaign-list")).content.decode()
    child_of(school, 1)
    for number in range(27):
        campaigns.campaign(school, at=now() - timedelta(hours=number))
    first = office.get(reverse("campaign-list"))
    assert len(first.context["lines"]) == 25
    second = office.get(first.context["next_url"])
    assert len(second.context["lines"]) == 2
    everything = [line.campaign.created_at for page in (first, second) for line in page.context["lines"]]
    assert everything == sorted(everything, reverse=True)
    assert office.get(reverse("campaign-list"), {"cursor": "nonsense"}, follow=True).redirect_chain


def test_an_open_request_is_not_asked_again_by_a_campaign(school: School, child: Student) -> None:
    """Who was asked one by one is left out of the school's campaign before it starts."""
    families.guardian(child)
    ask(school, child)
    _, other = child_of(school, 2)
    campaign = campaigns.campaign(school)
    assert campaign.left_out == {Skip.OUTSTANDING.value: 1}
    campaigns.worked_off(campaign)
    assert asked(other) == 1
    assert Invitation.objects.count() == 2


def test_a_campaign_keeps_codes_alone(school: School, child: Student) -> None:
    """Neither the campaign nor its job nor its list holds a name or an address."""
    guardian = families.guardian(child)
    campaign = campaigns.campaign(school)
    kept = [*Campaign.objects.values(), *CampaignGuardian.objects.values(), *Job.objects.values()]
    assert campaign.guardians == 1
    assert not any(word in str(kept) for word in ("Ana", "Lopez", guardian.name, guardian.email))
