"""How the office may settle what needs a person."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from consent.vocabulary import LabelledEnum


class Reason(LabelledEnum):
    """Why a matter is settled. A school that lets one guardian decide needs papers that say so (34 CFR 99.4)."""

    AGREED = "agreed", _("The guardians have agreed and told the school")
    COURT_ORDER = "court_order", _("A court order or parenting plan gives one guardian the decision")
    MISTAKE = "mistake", _("The guardian says that the answer was a mistake")
    NOT_GUARDIAN = "not_guardian", _("Who signed is no guardian of the student")
    UNKNOWN_SIGNER = "unknown_signer", _("Nobody can say who signed")
    INCIDENT = "incident", _("Handled as an incident by the school’s own procedure")


UNMATCHED_REASONS = (Reason.NOT_GUARDIAN, Reason.UNKNOWN_SIGNER, Reason.MISTAKE)
CONFLICT_REASONS = (Reason.AGREED, Reason.COURT_ORDER, Reason.MISTAKE)
