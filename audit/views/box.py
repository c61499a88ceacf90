"""What stands above the list: the box, and the fields that write into it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from audit.forms import LONGEST_SEARCH, SearchForm
from audit.rules import fields
from audit.rules.suggestions import HELP
from audit.views.asked import Search, given
from classwaves_admin.accounts.requests import StaffRequest

# Drawn fields that a process keeps, of some 15 kB each: most searches leave the fields alone, or fill in one.
_KEPT = 100


@dataclass(frozen=True, slots=True)
class Box:
    """The form as the page shows it. `was`: what the box said when the fields were drawn; `open`: they are at fault."""

    text: str
    was: str
    fields: SafeString
    open: bool = False
    longest: int = LONGEST_SEARCH

    @property
    def language(self) -> SafeString:
        """Return how to search."""
        return _language()


def box_of(request: StaffRequest, search: Search) -> Box:
    """Return the form as the search fills it: the box, and the fields that say the same."""
    shown = fields.shown(search.terms, dict(request.school_choices))
    return Box(search.text, search.text, _drawn(tuple(shown.items()), tuple(request.school_choices)))


def refused_box(request: StaffRequest) -> Box:
    """Return the form as it was sent, with what is wrong with it."""
    form = SearchForm(given(request), schools=request.school_choices)
    return Box(form["q"].value() or "", form["was"].value() or "", _markup(form), open=True)


@lru_cache(_KEPT)
def _drawn(shown: tuple[tuple[str, str], ...], schools: tuple[tuple[str, str], ...]) -> SafeString:
    """Draw the fields once for each of what they show; that names codes, days and schools, and nobody."""
    return _markup(SearchForm(dict(shown), schools=schools))


@cache
def _language() -> SafeString:
    return render_to_string("audit/_language.html", {"help": HELP})


def _markup(form: SearchForm) -> SafeString:
    return render_to_string("audit/_fields.html", {"form": form})
