"""The portal's own memory of consent, in `default`: who is asked, with which link, and what they said."""

from consent.models.answers import Answer
from consent.models.guardians import Guardian, Guardianship
from consent.models.invitations import Invitation, InvitationChild
from consent.models.links import Link
from consent.models.notice_versions import NoticeVersion
from consent.models.notices import NoticeText

__all__ = ["Answer", "Guardian", "Guardianship", "Invitation", "InvitationChild", "Link", "NoticeText", "NoticeVersion"]
