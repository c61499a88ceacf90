"""When the mail of a request may go out once more, and why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from consent.vocabulary import InvitationState, LabelledEnum

# Nobody's inbox is filled by pressing a button again and again.
PAUSE = timedelta(minutes=10)
# Mails of one request in a day that anyone who knows the address can cause; each brings a code to guess.
MOST_A_DAY = 4
_CLOSED = frozenset({InvitationState.REVOKED, InvitationState.VERIFIED})


class NotAgain(LabelledEnum):
    """Why no mail goes out. The office reads the labels; whoever has no account learns nothing."""

    RESTRICTED = "restricted", "A court order stands against contact. Nothing was sent."
    FINISHED = "finished", "This request is finished or was called back. Ask again instead."
    NOTHING_WAITS = "nothing_waits", "Nothing in this request waits for the guardian any more."
    NO_ADDRESS = "no_address", "There is no e-mail address to send to. Add one first."
    BOUNCED = "bounced", "Our last mail to this address came back. Correct the address, or say that mail works again."
    TOO_SOON = "too_soon", "A mail of this request went out less than 10 minutes ago. Wait a little, then press again."
    TOO_OFTEN = "too_often", "Enough mails of this request went out today."


@dataclass(frozen=True, slots=True)
class Sending:
    """What decides about one more mail. `own_wish`: somebody without an account asked for it."""

    state: InvitationState
    has_address: bool
    mailed_at: datetime | None
    mails_of_a_day: int = 0
    own_wish: bool = False
    restricted: bool = False
    bounced: bool = False


def why_not_again(sending: Sending, now: datetime) -> NotAgain | None:
    """Return why the mail of a request does not go out once more, or None to send. The first reason wins.

    Where mail comes back the office must look first; who asks for their own link is sent it, for nobody knows better
    whether the mailbox works again.
    """
    if sending.restricted:
        return NotAgain.RESTRICTED
    if sending.state in _CLOSED:
        return NotAgain.FINISHED
    if not sending.has_address:
        return NotAgain.NO_ADDRESS
    if sending.bounced and not sending.own_wish:
        return NotAgain.BOUNCED
    if sending.mailed_at is not None and sending.mailed_at > now - PAUSE:
        return NotAgain.TOO_SOON
    return NotAgain.TOO_OFTEN if sending.own_wish and sending.mails_of_a_day >= MOST_A_DAY else None
