"""The worker's part of consent."""

from __future__ import annotations

from celery import shared_task

from classwaves_admin.lib import clock
from classwaves_admin.lib.actor import system
from classwaves_admin.tenancy.scope import system_scope
from consent.actions import nightly
from consent.actions.asked_links import SEND, serve_link_requests
from consent.actions.check_flags import check_flags
from consent.actions.coverage import start_coverage
from consent.actions.evidence import sweep_scans
from consent.actions.expire import note_ended
from consent.actions.forget import forget_unanswered
from consent.actions.remind import remind_waiting
from consent.actions.renew import ask_again
from consent.roster.actions import tidy


@shared_task(name="consent.tidy_rosters")
def tidy_rosters() -> None:
    """Forget files of rosters after a day, and what imports could be taken back to after a week."""
    with system_scope(reason="files and imports of every school"):
        tidy(now=clock.now())


@shared_task(name="consent.forget_unanswered")
def forget() -> None:
    """Delete the contact of guardians who did not answer in time; a second run finds nothing more."""
    with system_scope(reason="the promise of every school's notice"):
        forget_unanswered(by=system("consent"), now=clock.now())


@shared_task(name="consent.check_flags")
def check() -> None:
    """Set right what other services, or a fault, made of the students' flags; the log says where."""
    with system_scope(reason="the flags of every school's students"):
        check_flags(by=system("consent"), now=clock.now())


@shared_task(name="consent.note_coverage")
def note_coverage() -> None:
    """Start the count of who is covered by consent today; a second run finds it under way or done."""
    with system_scope(reason="numbers of every school"):
        start_coverage(by=system("consent"), now=clock.now())


@shared_task(name="consent.birthdays")
def birthdays() -> None:
    """Start the check of every school's ages; a second run finds nothing more."""
    with system_scope(reason="ages of every school against the calendar"):
        nightly.start_all(by=system("consent"), now=clock.now())


@shared_task(name=SEND)
def send_asked_links() -> None:
    """Mail the links that people asked for, where the address is on file; a second run finds nothing more."""
    with system_scope(reason="whoever asks has shown no school"):
        serve_link_requests(now=clock.now())


@shared_task(name="consent.remind")
def remind() -> None:
    """Remind guardians of what waits for them; a second run finds nothing more on the same day."""
    with system_scope(reason="requests of every school"):
        remind_waiting(by=system("consent"), now=clock.now())


@shared_task(name="consent.ask_again")
def renew() -> None:
    """Ask guardians again whose consents end soon; a second run finds them asked."""
    with system_scope(reason="consents of every school"):
        ask_again(by=system("consent"), now=clock.now())


@shared_task(name="consent.expire")
def expire() -> None:
    """Let flags fall for consents that have ended, and audit each end once."""
    with system_scope(reason="consents of every school"):
        note_ended(by=system("consent"), now=clock.now())


@shared_task(name="consent.sweep_scans")
def sweep() -> None:
    """Delete scans that a process left behind which died before their evidence was saved."""
    with system_scope(reason="scans of every school"):
        sweep_scans(now=clock.now())
