"""The filters above the lists of mails and the machine room. They hold codes alone, so they stand in the address."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from classwaves_admin.jobs.models import State
from classwaves_admin.lib.choices import offer, offer_schools
from classwaves_admin.notifications.models import State as MailState
from classwaves_admin.portal.queries.events import Severity

Choice = tuple[str, str]
PERIODS = (("1", "The last day"), ("7", "The last 7 days"), ("30", "The last 30 days"), ("90", "The last 90 days"))
USUAL_DAYS = "7"


class _Filters(forms.Form):
    """A form whose unknown values narrow nothing: an address that somebody changed shows the list."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **({"auto_id": "filter_%s"} | kwargs))

    def chosen(self, name: str) -> str:
        """Return a value that the form offers; empty for any other."""
        self.is_valid()
        return str(self.cleaned_data.get(name) or "")


class JobFilters(_Filters):
    """State and kind of a job."""

    state = forms.ChoiceField(label="State", required=False, choices=[("", "All states"), *State.choices])
    kind = forms.ChoiceField(label="Kind", required=False)

    def __init__(self, *args: Any, kinds: Sequence[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "kind", [("", "All kinds"), *kinds])


class PeriodFilter(_Filters):
    """How far back a list goes."""

    days = forms.ChoiceField(label="Period", required=False, choices=PERIODS)

    def __init__(self, asked: QueryDict, **kwargs: Any) -> None:
        """Take what an address asks for; a week where it names no period that is offered, and the field says so."""
        days = asked.get("days")
        super().__init__({**asked.dict(), "days": days if days in dict(PERIODS) else USUAL_DAYS}, **kwargs)

    def period(self) -> int:
        """Return the days."""
        return int(self.chosen("days"))


class EventFilterForm(PeriodFilter):
    """Severity, component and period of a system event."""

    severity = forms.ChoiceField(
        label="Severity", required=False, choices=[("", "All"), *((one.value, one.label) for one in Severity)]
    )
    component = forms.ChoiceField(label="Component", required=False)

    def offer_components(self, components: Sequence[str]) -> None:
        """Offer the components that the period has."""
        offer(self, "component", [("", "All components"), *((one, one) for one in components if one)])


class MailFilterForm(_Filters):
    """State, kind and school of a mail."""

    state = forms.ChoiceField(label="State", required=False, choices=[("", "All states"), *MailState.choices])
    kind = forms.ChoiceField(label="Kind", required=False)
    school = forms.ChoiceField(label="School", required=False)

    def __init__(self, *args: Any, kinds: Sequence[Choice], schools: Sequence[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "kind", [("", "All kinds"), *kinds])
        offer_schools(self, schools)
