"""What a school may word of consent's mails, and what the law wants to stand in them whoever words them."""

from __future__ import annotations

from collections.abc import Mapping

from classwaves_admin.notifications.kinds import Wording
from consent.actions.mail import (
    CONFIRM_REMINDER,
    INVITATION,
    MANAGE,
    RECEIPT,
    REMINDER,
    RENEWAL,
    VERIFICATION,
    WITHDRAWAL,
)

__all__ = ["WORDINGS"]

_LINK = ("link", "code_page", "code")
_HOUSE = ("school", "contact", "notice_url")
# A school's text speaks of "your child".
_ADULT = {"own": "Adult students, who answer for themselves"}

# The direct notice stands in full in the mail that asks (312.4(c)); the second step says what was answered and how it
# is taken back (312.5(b)(2)(vi)).
WORDINGS: Mapping[str, Wording] = {
    INVITATION: Wording("The request for consent", (*_LINK, "children", "notice"), _HOUSE, _ADULT),
    RENEWAL: Wording("The request for a new answer", (*_LINK, "children", "ends", "notice"), _HOUSE, _ADULT),
    REMINDER: Wording(
        "The reminder to answer",
        (*_LINK, "until"),
        ("children", *_HOUSE),
        _ADULT | {"ends": "Parents whose earlier answers still count"},
    ),
    CONFIRM_REMINDER: Wording(
        "The reminder to confirm", (*_LINK, "answers"), ("children", "manage_url", *_HOUSE), _ADULT
    ),
    VERIFICATION: Wording("The request to confirm", (*_LINK, "answers", "manage_url"), ("children", *_HOUSE), _ADULT),
    RECEIPT: Wording("The receipt", ("answers", "date", "manage_url"), ("children", *_HOUSE), _ADULT),
    MANAGE: Wording("The link to see or change answers", _LINK, _HOUSE),
    WITHDRAWAL: Wording(
        "The word of a withdrawal", ("taken_back", "date", "data", "manage_url"), ("children", *_HOUSE), _ADULT
    ),
}
