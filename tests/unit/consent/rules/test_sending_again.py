"""When the mail of a request may go out once more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from consent.rules.sending_again import MOST_A_DAY, NotAgain, Sending, why_not_again
from consent.vocabulary import InvitationState
from tests.unit.consent.rules.rows import NOW

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, None),
        ({"mailed_at": None}, None),
        ({"state": InvitationState.EXPIRED}, None),
        ({"state": InvitationState.ANSWERED}, None),
        ({"state": InvitationState.VERIFIED}, NotAgain.FINISHED),
        ({"state": InvitationState.REVOKED}, NotAgain.FINISHED),
        ({"restricted": True, "state": InvitationState.REVOKED}, NotAgain.RESTRICTED),
        ({"has_address": False, "bounced": True}, NotAgain.NO_ADDRESS),
        ({"bounced": True}, NotAgain.BOUNCED),
        ({"bounced": True, "own_wish": True}, None),
        ({"mailed_at": NOW - 9 * MINUTE}, NotAgain.TOO_SOON),
        ({"mailed_at": NOW - 10 * MINUTE}, None),
        ({"mails_of_a_day": MOST_A_DAY}, None),
        ({"mails_of_a_day": MOST_A_DAY, "own_wish": True}, NotAgain.TOO_OFTEN),
        ({"mails_of_a_day": MOST_A_DAY - 1, "own_wish": True}, None),
    ],
)
def test_why_a_mail_does_not_go_again(facts: dict[str, Any], reason: NotAgain | None) -> None:
    """The first reason wins; a guardian's own wish passes a bounce, never a court order or the limits."""
    usual: dict[str, Any] = {"state": InvitationState.SENT, "has_address": True, "mailed_at": NOW - 60 * MINUTE}
    assert why_not_again(Sending(**(usual | facts)), NOW) is reason
