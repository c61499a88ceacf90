"""The portal's own memory of consent, in `default`: who is asked, with which link, and what they said."""

from consent.models.ages import AdultConfirmation, NotInvited, RightsTransfer
from consent.models.answers import Answer
from consent.models.guardians import Guardian, Guardianship
from consent.models.invitations import Invitation, InvitationChild
from consent.models.links import Link
from consent.models.notices import NoticeText
from consent.models.settlements import Settlement

__all__ = [
    "AdultConfirmation",
    "Answer",
    "Guardian",
    "Guardianship",
    "Invitation",
    "InvitationChild",
    "Link",
    "NotInvited",
    "NoticeText",
    "RightsTransfer",
    "Settlement",
]
