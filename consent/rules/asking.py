"""Whom the school may ask, and why not."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from consent.vocabulary import PARENTAL_RELATIONSHIPS, LabelledEnum, Relationship


class Skip(LabelledEnum):
    """Why a guardian is not asked about a child."""

    RESTRICTED = "restricted", _("A court order stands against contact")
    ADULT = "adult", _("The student is an adult and answers alone")
    UNKNOWN_AUTHORITY = "unknown_authority", _("The school has not said what the person is to the child")
    NO_ADDRESS = "no_address", _("No e-mail address")
    BOUNCED = "bounced", _("Our last mail came back")
    OUTSTANDING = "outstanding", _("Asked already, no answer yet")
    ANSWERED = "answered", _("Answered already")
    NO_NAME = "no_name", _("The student has no first name that the request could say")


# Why somebody on a list that was frozen is not asked after all, where none of these holds.
GONE = "gone"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A guardian and one child, with what decides whether to ask."""

    has_address: bool
    relationship: str
    restricted: bool = False
    adult: bool = False
    bounced: bool = False
    outstanding: bool = False
    answered: bool = False
    has_name: bool = True


def why_not(candidate: Candidate) -> Skip | None:
    """Return why this guardian is not asked about this child, or None to ask.

    A court order removes a guardian from every mailing; a person of unknown authority gets none;
    at 18 the parents' part ends and the student answers alone (34 CFR 99.5); a notice names the child (312.4(c)).
    The first reason wins.
    """
    own = candidate.relationship == Relationship.SELF
    if candidate.restricted:
        return Skip.RESTRICTED
    if candidate.adult and not own:
        return Skip.ADULT
    if not candidate.adult and candidate.relationship not in PARENTAL_RELATIONSHIPS:
        return Skip.UNKNOWN_AUTHORITY
    if not candidate.has_address:
        return Skip.NO_ADDRESS
    if candidate.bounced:
        return Skip.BOUNCED
    if candidate.outstanding:
        return Skip.OUTSTANDING
    if candidate.answered:
        return Skip.ANSWERED
    return None if candidate.has_name else Skip.NO_NAME
