"""The words of consent as the catalog stores them, each with the label that people read."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class LabelledEnum(StrEnum):
    """A stored word with a label in the reader's language."""

    label: str | Promise

    def __new__(cls, value: str, label: str | Promise = "") -> Self:
        """Make a member from its word and its label."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member


class ConsentType(LabelledEnum):
    """Values of `parental_consents.consent_type`."""

    SERVICE = "service_collection_use", _("Take part in ClassWaves")
    AUDIO = "audio_recording", _("Record and transcribe my child’s voice")
    AI = "ai_analysis", _("AI analysis of what my child says")
    THIRD_PARTY = "third_party_disclosure", _("Share information with a third party")
    VOICEPRINT = "biometric_voiceprint", _("Recognize my child by voice")
    MODEL_TRAINING = "model_training", _("Use recordings to train software")
    RESEARCH = "research_use", _("Use in research")
    MEDIA_RELEASE = "media_release", _("Use in public media")
    FERPA_DISCLOSURE = "ferpa_disclosure", _("Disclose education records")
    PPRA_SURVEY = "ppra_survey", _("Take part in a survey")
    ELECTRONIC_RECORDS = "electronic_records", _("Receive records electronically")
    DIRECTORY = "directory_information", _("Directory information")
    SCHOOL_AUTHORIZATION = "coppa_school_authorization", _("School authorization")


class Relationship(LabelledEnum):
    """Values of `parental_consents.relationship`: what the signer is to the child."""

    MOTHER = "mother", _("Mother")
    FATHER = "father", _("Father")
    PARENT = "parent", _("Parent")
    STEPPARENT = "stepparent", _("Stepparent")
    LEGAL_GUARDIAN = "legal_guardian", _("Legal guardian")
    FOSTER_PARENT = "foster_parent", _("Foster parent")
    GRANDPARENT = "grandparent_guardian", _("Grandparent with custody")
    IN_LOCO_PARENTIS = "in_loco_parentis", _("Another adult who cares for the child as a parent")
    AGENCY = "agency_representative", _("Agency representative")
    SELF = "self", _("The student")
    SCHOOL_OFFICIAL = "school_official", _("School official")


class VerificationMethod(LabelledEnum):
    """Values of `parental_consents.verification_method` (16 CFR 312.5(b)(2))."""

    SIGNED_FORM = "signed_form", _("Signed form")
    PAYMENT = "payment_transaction", _("Payment transaction")
    PHONE = "toll_free_call", _("Phone call with trained staff")
    VIDEO = "video_conference", _("Video call with trained staff")
    GOVERNMENT_ID = "gov_id_database", _("Government identification")
    KNOWLEDGE = "knowledge_based_auth", _("Knowledge-based questions")
    PHOTO_ID = "photo_id_face_match", _("Photo identification")
    EMAIL_PLUS = "email_plus", _("E-mail with a second step")
    TEXT_PLUS = "text_plus", _("Text message with a second step")
    IN_PERSON = "in_person_id_check", _("Identity checked in person")
    SIS_PORTAL = "sis_portal_login", _("Signed in to the school’s family portal")
    SCHOOL_AUTHORIZATION = "school_authorization", _("School authorization")
    ELIGIBLE_STUDENT = "eligible_student_login", _("The adult student signed in")
    UNVERIFIED = "unverified", _("Not verified")


class RowStatus(LabelledEnum):
    """What one row of `parental_consents` amounts to at a moment."""

    REVOKED = "revoked", _("Withdrawn")
    PENDING = "pending", _("Waiting for an answer")
    REFUSED = "refused", _("Refused")
    UNVERIFIED = "unverified", _("Not verified yet")
    EXPIRED = "expired", _("Expired")
    ACTIVE = "active", _("Given")


class EffectiveStatus(LabelledEnum):
    """What all rows of one student and one type amount to together."""

    NOT_ASKED = "not_asked", _("Not asked")
    PENDING = "pending", _("Waiting for an answer")
    REVOKED = "revoked", _("Withdrawn")
    EXPIRED = "expired", _("Expired")
    UNVERIFIED = "unverified", _("Not verified yet")
    REFUSED = "refused", _("Refused")
    CONFLICT = "conflict", _("Guardians disagree")
    SUSPENDED = "suspended", _("Rights passed to the student")
    ACTIVE = "active", _("Given")


class InvitationState(LabelledEnum):
    """Where a request for consent stands."""

    WAITING = "waiting", _("Mail not sent yet")
    SENT = "sent", _("Sent")
    OPENED = "opened", _("Opened")
    ANSWERED = "answered", _("Answered")
    VERIFIED = "verified", _("Verified")
    EXPIRED = "expired", _("No answer in time")
    REVOKED = "revoked", _("Called back")


class Step(LabelledEnum):
    """What a guardian has to do about a request."""

    ANSWER = "answer", "Answer"
    CONFIRM = "confirm", "Confirm the answer"


class Bounce(LabelledEnum):
    """Why no mail goes to an address any more. Only the office reads the labels."""

    REFUSED = "refused", "The mail server refused the address"
    RETURNED = "returned", "Our mail came back for good"
    COMPLAINT = "complaint", "The receiver reported our mail as unwanted"
    BY_HAND = "by_hand", "Noted by the office"


class NoticeState(LabelledEnum):
    """Where a text that a school wrote for a notice stands."""

    DRAFT = "draft", "Draft"
    ACTIVE = "active", "In force"
    RETIRED = "retired", "Past"


class NoticeChange(LabelledEnum):
    """What a new text changes (16 CFR 312.5(a)(1) asks for a new consent to a material change)."""

    MINOR = "minor", "Wording only"
    MATERIAL = "material", "What we do with the data"


class WithdrawalWay(LabelledEnum):
    """How a withdrawal reached the school."""

    LINK = "link", _("Through the link in a mail")
    PHONE = "phone", _("By phone")
    PAPER = "paper", _("On paper")
    IN_PERSON = "in_person", _("In person")
    MAIL = "mail", _("By a letter or an e-mail")


# Asked of every parent by default; the other types are hidden until a school enables them (312.5(a)(2)).
ASKED_TYPES = (ConsentType.SERVICE, ConsentType.AUDIO, ConsentType.AI, ConsentType.THIRD_PARTY)

# What a person may be to a child to answer for them. A student answers for themselves only as an adult.
PARENTAL_RELATIONSHIPS = frozenset(Relationship) - {Relationship.SELF, Relationship.SCHOOL_OFFICIAL}

# What an adult student is asked in the words of a parent otherwise.
_OWN_LABELS: dict[ConsentType, str | Promise] = {
    ConsentType.AUDIO: _("Record and transcribe my voice"),
    ConsentType.AI: _("AI analysis of what I say"),
}


def label_for(consent_type: ConsentType, relationship: str) -> str | Promise:
    """Return the label of a type for the person who signs: a parent, or an adult student for themselves."""
    own = _OWN_LABELS.get(consent_type) if relationship == Relationship.SELF else None
    return own or consent_type.label
