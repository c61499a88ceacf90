"""The portal's own memory of consent, in `default`: who is asked, with which link, and what they said."""

from consent.models.ages import AdultConfirmation, NotInvited, RightsTransfer
from consent.models.answers import Answer
from consent.models.authorizations import AuthorizedStudent, SchoolAuthorization
from consent.models.campaigns import Campaign, CampaignGuardian
from consent.models.coverage import CoverageDay
from consent.models.evidence import Evidence, EvidencedConsent
from consent.models.expiries import NotedEnd
from consent.models.guardians import Guardian, Guardianship
from consent.models.invitations import Invitation, InvitationChild
from consent.models.links import Link, LinkRequest
from consent.models.notice_versions import NoticeVersion
from consent.models.notices import NoticeText
from consent.models.orders import CourtOrder
from consent.models.paper import PaperChild, PaperForm, PaperNotice
from consent.models.reminders import Reminder
from consent.models.renewals import BlockedRenewal
from consent.models.rosters import (
    Departure,
    RosterChange,
    RosterColumns,
    RosterImport,
    RosterImportSchool,
    RosterStudent,
)
from consent.models.settlements import Settlement
from consent.models.signers import MatchedSigner
from consent.models.withdrawals import Withdrawal, WithdrawnConsent

__all__ = [
    "AdultConfirmation",
    "Answer",
    "AuthorizedStudent",
    "BlockedRenewal",
    "Campaign",
    "CampaignGuardian",
    "CourtOrder",
    "CoverageDay",
    "Departure",
    "Evidence",
    "EvidencedConsent",
    "Guardian",
    "Guardianship",
    "Invitation",
    "InvitationChild",
    "Link",
    "LinkRequest",
    "MatchedSigner",
    "NotInvited",
    "NotedEnd",
    "NoticeText",
    "NoticeVersion",
    "PaperChild",
    "PaperForm",
    "PaperNotice",
    "Reminder",
    "RightsTransfer",
    "RosterChange",
    "RosterColumns",
    "RosterImport",
    "RosterImportSchool",
    "RosterStudent",
    "SchoolAuthorization",
    "Settlement",
    "Withdrawal",
    "WithdrawnConsent",
]
