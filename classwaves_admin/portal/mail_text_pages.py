"""What the pages about a school's texts of mails have in common: the mail that an address names, and how it looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.utils import translation
from django.utils.functional import cached_property

from classwaves_admin.lib.word_diff import differs, word_diff
from classwaves_admin.notifications.rendering import Content
from classwaves_admin.notifications.text_queries import Desk, Which, desk, which_of
from classwaves_admin.notifications.trial import sample_of
from classwaves_admin.notifications.wording.rules import LABELS, Text, fault_words
from classwaves_admin.notifications.wording.slots import SLOTS
from classwaves_admin.schools.look import sender_of
from classwaves_admin.warehouse.models import School
from consent.notices.compare import Compared
from consent.words import language_words

__all__ = ["Place", "compare", "place_of", "school_or_404"]


@dataclass(frozen=True)
class Place:
    """The mail that an address names, with its school and what stands on its desk."""

    school: School
    desk: Desk

    @property
    def which(self) -> Which:
        """Which mail it is."""
        return self.desk.which

    @property
    def address(self) -> tuple[str, str, str]:
        """The parts of its address."""
        return self.which.school_id, self.which.kind, self.which.language

    @cached_property
    def facts(self) -> dict[str, str]:
        """What is real in a sample."""
        return {"school": self.school.name, "contact": self.school.admin_email or ""}

    def context(self) -> dict[str, Any]:
        """Return what every page about one mail shows."""
        wording = self.which.wording
        return {
            "title": f"{wording.title} in {language_words(self.which.language)}",
            "mail_title": wording.title,
            "school": self.school,
            "which": self.which,
            "desk": self.desk,
            "rtl": translation.get_language_info(self.which.language)["bidi"],
            "slots": [(slot, SLOTS[slot].words, slot in wording.needs) for slot in wording.slots],
            "shipped_for": tuple(wording.shipped_for.values()),
        }

    def seen(self, text: Text) -> dict[str, Any]:
        """Return a text as it would be sent with samples, what is wrong with it, and what it changes."""
        slots = self.which.wording.slots
        return {
            "sample": self.sample(text),
            "faults": [(fault.part, fault_words(fault, slots)) for fault in self.desk.faults_of(text)],
            "changes": compare(self.desk.in_use, text),
        }

    def sample(self, text: Text) -> Content | None:
        """Return the mail with samples; None where the text cannot be filled."""
        try:
            colour = sender_of(self.school.pk).colour
            return sample_of(text, kind=self.which.kind, language=self.which.language, facts=self.facts, colour=colour)
        except (LookupError, ValueError):
            return None


def compare(older: Text, newer: Text) -> tuple[Compared, ...]:
    """Return the parts that differ, under the names that the form gives them."""
    parts = ((LABELS[part], word_diff(older.part(part), newer.part(part))) for part in LABELS)
    return tuple(Compared(label, pieces) for label, pieces in parts if differs(pieces))


def school_or_404(school_id: str) -> School:
    """Return a school in scope: one warehouse query. Raises Http404."""
    school = School.objects.filter(pk=school_id).only("id", "name", "admin_email").first()
    if school is None:
        raise Http404("There is no such school.")
    return school


def place_of(school_id: str, mail_kind: str, language: str) -> Place:
    """Return the mail that an address names: one warehouse query. Raises Http404."""
    try:
        which = which_of(school_id, mail_kind, language)
    except LookupError as error:
        raise Http404("There is no such mail.") from error
    return Place(school_or_404(school_id), desk(which))
