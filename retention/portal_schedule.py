"""What one child's deletion does to each model of the portal's own database, for the apps below retention."""

from __future__ import annotations

from retention.actions import forgetting as go
from retention.places import Place, Rows

__all__ = ["PLACES"]

_PROOF = (
    "Who was asked, what was answered and who took it back is the proof of lawful use (312.5): ids, and who signed."
)
_NOTICE = "That a notice was sent and when is proof of notice: ids and moments."
_STAFF = "About staff and their sign-in."
_NOBODY = "About no student."
_CODES = "Ids, codes and counts."
_RETENTION = "The proof of the deletion itself, and of what held it: ids, counts and moments."

_CONSENT = (
    Place("consent.Guardian", keeps="Who consented and who asked for the deletion: goes with the consent records."),
    Place("consent.Guardianship", keeps="Whose guardian consented: goes with the consent records."),
    Place("consent.Answer", keeps=_PROOF),
    Place("consent.Withdrawal", keeps=_PROOF),
    Place("consent.WithdrawnConsent", keeps=_PROOF),
    Place("consent.SchoolAuthorization", keeps=_PROOF),
    Place("consent.AuthorizedStudent", keeps=_PROOF),
    Place("consent.MatchedSigner", keeps=_PROOF),
    Place("consent.EvidencedConsent", keeps=_PROOF),
    Place("consent.CoverageDay", keeps=_CODES),
    Place("consent.CourtOrder", keeps="A court's order holds until it is lifted: ids, and where the paper is."),
    Place("consent.AdultConfirmation", keeps="Whose the rights are (34 CFR 99.5): ids and moments."),
    Place("consent.RightsTransfer", keeps="When the rights passed (34 CFR 99.5): ids and moments."),
    Place("consent.NoticeText", keeps=_NOBODY),
    Place("consent.NoticeVersion", keeps=_NOBODY),
    Place("consent.NotedEnd", keeps=_CODES),
    Place("consent.BlockedRenewal", keeps=_NOBODY),
    Place("consent.InvitationChild", keeps=_NOTICE),
    Place("consent.Reminder", keeps=_NOTICE),
    Place("consent.Campaign", keeps="How a group was chosen, in codes and counts."),
    Place("consent.CampaignGuardian", keeps=_NOTICE),
    Place("consent.PaperChild", keeps="Goes with its form; of one that was answered it is proof: ids."),
    Place("consent.PaperNotice", keeps=_NOBODY),
    Place("consent.RosterImport", keeps="Counts and codes; its file goes within a day."),
    Place("consent.RosterImportSchool", keeps=_NOBODY),
    Place("consent.RosterColumns", keeps=_NOBODY),
    Place("consent.Departure", keeps="When a student left: the days of the age record count from it."),
    Place("consent.Invitation", words="Requests that could still be answered", does=go.OpenRequests()),
    Place("consent.Link", words="Links to answer", does=Rows(go.links)),
    Place("consent.LinkRequest", words="Links that somebody asked for", does=Rows(go.asked_links)),
    Place("consent.PaperForm", words="Printed forms without an answer", does=Rows(go.unused_forms)),
    Place("consent.Evidence", words="Scans of signed forms", does=go.Scans()),
    Place("consent.RosterChange", words="Values before an import of a roster", does=go.RosterValues()),
    Place("consent.RosterStudent", words="The id in the school’s roster", does=Rows(go.roster_ids)),
    Place(
        "consent.Settlement",
        words="What the office wrote when it settled a matter",
        does=Rows(go.settlements, {"reference": ""}),
    ),
)

_RETAINED = (
    Place("retention.PolicyChange", keeps=_NOBODY),
    Place("retention.DistrictStandard", keeps=_NOBODY),
    Place("retention.StandardChange", keeps=_NOBODY),
    Place("retention.SchoolMove", keeps=_NOBODY),
    Place("retention.LegalHold", keeps=_RETENTION),
    Place("retention.Run", keeps="What it needs to find the child is emptied when it ends."),
    Place("retention.Segment", keeps=_RETENTION),
    Place("retention.Leftover", keeps=_RETENTION),
    Place("retention.Certificate", keeps=_RETENTION),
    Place("retention.ArchiveFile", keeps="Names of files, counts and hashes; the files are written anew."),
    Place("retention.RightsRequest", words="What requests say in words", does=Rows(go.request_words, {"words": ""})),
)

_HOUSE = (
    Place("outbox.OutboxEntry", keeps="Gone once it is delivered, and the deletion does not end before."),
    Place("outbox.DeliveryState", keeps=_NOBODY),
    Place("jobs.Job", keeps=_CODES),
    Place("schools.DistrictSetting", keeps=_NOBODY),
    Place("schools.WrittenSetting", keeps=_NOBODY),
    Place("schools.SettingChange", keeps=_NOBODY),
    Place("schools.SchoolStatement", keeps="What a school has signed, and who signed for it."),
    Place("schools.SettingsHeld", keeps=_NOBODY),
    Place("schools.SchoolLogo", keeps=_NOBODY),
    Place("notifications.MailText", keeps=_NOBODY),
    Place("notifications.OutgoingMail", words="Mails that wait", does=go.WaitingMails()),
    Place("sessions.Session", words="Names that staff searched for", does=go.RememberedSearches()),
    *(
        Place(model, keeps=_STAFF)
        for model in (
            "accounts.User",
            "accounts.Membership",
            "accounts.ApiKey",
            "accounts.SupportGrant",
            "people.Invitation",
            "people.InvitationLink",
            "people.AccessReview",
            "people.AccessReviewLine",
            "account.EmailAddress",
            "account.EmailConfirmation",
            "socialaccount.SocialApp",
            "socialaccount.SocialAccount",
            "socialaccount.SocialToken",
            "mfa.Authenticator",
            "usersessions.UserSession",
            "auth.Permission",
            "auth.Group",
            "contenttypes.ContentType",
        )
    ),
)

PLACES: tuple[Place, ...] = (*_CONSENT, *_RETAINED, *_HOUSE)
