"""A school's own texts of mails, with their drafts and their past. No query to the warehouse."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Count

from classwaves_admin.notifications import kinds
from classwaves_admin.notifications.models import MailText, TextState
from classwaves_admin.notifications.own_texts import as_text
from classwaves_admin.notifications.wording.rules import Fault, Text, Wording, faults
from classwaves_admin.notifications.wording.shipped import Shipped, languages_of, shipped

__all__ = ["Desk", "Which", "desk", "desks", "history", "own_counts", "which_of"]


@dataclass(frozen=True, slots=True)
class Which:
    """One mail of one school: its kind and language."""

    school_id: str
    kind: str
    language: str

    def rows(self) -> dict[str, str]:
        """Return the filter that finds its texts."""
        return {"school_id": self.school_id, "kind": self.kind, "language": self.language}

    @property
    def wording(self) -> Wording:
        """What may be worded of it."""
        return kinds.wording_of(self.kind)

    @property
    def shipped(self) -> Shipped:
        """The text that comes with the portal."""
        return shipped(self.kind, self.language)


@dataclass(frozen=True, slots=True)
class Desk:
    """A mail as its editor finds it. Without `active` the portal's text is in use."""

    which: Which
    draft: MailText | None
    active: MailText | None

    @property
    def in_use(self) -> Text:
        """The text in use."""
        return as_text(self.active) if self.active else self.which.shipped.text

    @property
    def on_the_desk(self) -> Text:
        """The draft, or else the text in use."""
        return as_text(self.draft) if self.draft else self.in_use

    @property
    def key(self) -> str:
        """What an editor's form sends back: it differs as soon as somebody else has saved or activated."""
        draft = f"{self.draft.id}.{self.draft.revision}" if self.draft else ""
        return f"{draft}/{self.active.id if self.active else ''}"

    def faults_of(self, text: Text) -> tuple[Fault, ...]:
        """Return what keeps a text from being sent."""
        return faults(text, self.which.wording, has_button=self.which.shipped.button is not None)

    @property
    def faults_in_use(self) -> tuple[Fault, ...]:
        """What is wrong with the school's text in use: a release may know other slots than the one before."""
        return self.faults_of(as_text(self.active)) if self.active else ()


def which_of(school_id: str, kind: str, language: str) -> Which:
    """Return the mail that an address names. Raises LookupError for a kind or language that is not ours."""
    which = Which(school_id, kind, language)
    kinds.wording_of(kind)
    if language not in languages_of(kind):
        raise LookupError("There is no such mail.")
    return which


def desk(which: Which) -> Desk:
    """Return a mail with its draft and the text in use: one query."""
    found = {one.state: one for one in MailText.objects.filter(**which.rows()).exclude(state=TextState.PAST)}
    return Desk(which, found.get(TextState.DRAFT), found.get(TextState.ACTIVE))


def desks(school_id: str) -> list[Desk]:
    """Return every mail that a school may word, by title, then language: one query."""
    rows = MailText.objects.filter(school_id=school_id).exclude(state=TextState.PAST)
    found = {(one.kind, one.language, one.state): one for one in rows}
    return [
        Desk(
            Which(school_id, kind, language),
            found.get((kind, language, TextState.DRAFT)),
            found.get((kind, language, TextState.ACTIVE)),
        )
        for kind in sorted(_worded(), key=kinds.title_of)
        for language in languages_of(kind)
    ]


def history(which: Which) -> list[MailText]:
    """Return every text that the school wrote of a mail, newest first."""
    return list(MailText.objects.filter(**which.rows()).order_by("-edited_at", "-id"))


def own_counts(school_ids: Collection[str]) -> Mapping[str, Mapping[str, int]]:
    """Return how many drafts and texts in use each school has, by its id and the state."""
    rows = MailText.objects.filter(school_id__in=list(school_ids)).exclude(state=TextState.PAST)
    found: dict[str, dict[str, int]] = {}
    for school_id, state, count in rows.order_by().values_list("school_id", "state").annotate(Count("id")):
        found.setdefault(school_id, {})[state] = count
    return found


def _worded() -> list[str]:
    return [kind for kind in kinds.names() if kinds.get(kind).wording is not None]
