"""How long each kind of data is kept, in words, from the school's own policies (16 CFR 312.10)."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext, ngettext

from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.inventory.periods import DEFAULTS, LONGEST_DAYS

# Slot -> the policy that fills it. Where the school has set none, the portal's default holds.
POLICIES: Mapping[str, Retention] = {
    "keep_audio": Retention.AUDIO_RECORDINGS,
    "keep_transcripts": Retention.TRANSCRIPTS,
    "keep_analyses": Retention.AI_ANALYSES,
    "keep_sessions": Retention.SESSION_RECORDS,
}
_DAYS_IN_MONTH = 365 / 12
_MONTHS_FROM = 60


def in_slots(days: Mapping[str, int]) -> dict[str, str]:
    """Return each slot with its period in the active language, from the days of each policy."""
    return {slot: in_words(days.get(kind, DEFAULTS[kind].periods.delete)) for slot, kind in POLICIES.items()}


def in_words(days: int) -> str:
    """Return a period as people say it, or nothing for one that is not a period."""
    if not 0 < days <= LONGEST_DAYS:
        return ""
    exact = ngettext("%(days)d day", "%(days)d days", days) % {"days": days}
    if days < _MONTHS_FROM:
        return exact
    months = round(days / _DAYS_IN_MONTH)
    years, rest = divmod(months, 12)
    if years > 1 and not rest:
        return gettext("%(exact)s (about %(years)d years)") % {"exact": exact, "years": years}
    return ngettext("%(exact)s (about %(months)d month)", "%(exact)s (about %(months)d months)", months) % {
        "exact": exact,
        "months": months,
    }
