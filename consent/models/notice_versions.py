"""The texts that a school writes for its notices, with their history. What was in force is never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager
from consent.models.notices import FrozenText
from consent.vocabulary import NoticeChange, NoticeState


class _FrozenVersions(models.QuerySet["NoticeVersion"]):
    """Changes and deletes drafts alone."""

    def update(self, **kwargs: Any) -> int:
        """Change rows that are all drafts. Raises FrozenText."""
        self._refuse_what_was_in_force()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Raise FrozenText: a draft that nobody wants is set aside, so that no work is lost."""
        raise FrozenText("A text is set aside, never deleted.")

    def _refuse_what_was_in_force(self) -> None:
        if self.exclude(state=NoticeState.DRAFT.value).exists():
            raise FrozenText("A text that was in force or set aside cannot be changed.")


class NoticeVersion(models.Model):
    """One text of one notice (school, type, language): a draft, the one in force, or one of the past.

    `text` is Markdown with slots, `words` the school's own words for some of them. `number` rises with
    each change of meaning and is part of `consent_text_version`; `wording` counts the edits between.
    Both are null for a draft, and for a draft that was set aside without ever being in force.
    `revision` counts the savings of a draft, so that two people who edit at once notice each other.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    consent_type = models.CharField(max_length=40)
    language = models.CharField(max_length=10)
    text = models.TextField()
    words = models.JSONField(default=dict)
    note = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=8, choices=[(member.value, member.label) for member in NoticeState])
    change = models.CharField(
        max_length=8, blank=True, choices=[(member.value, member.label) for member in NoticeChange]
    )
    number = models.PositiveIntegerField(null=True, blank=True)
    wording = models.PositiveIntegerField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=now)
    edited_at = models.DateTimeField(default=now)
    activated_by = models.CharField(max_length=64, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[NoticeVersion]] = ScopedManager(
        _manager_class=models.Manager.from_queryset(_FrozenVersions), school="school_id"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["school_id", "consent_type", "language"],
                condition=models.Q(state=state.value),
                name=f"notice_one_{state.value}",
            )
            for state in (NoticeState.DRAFT, NoticeState.ACTIVE)
        ] + [
            models.UniqueConstraint(
                fields=["school_id", "consent_type", "language", "number", "wording"], name="notice_number_once"
            ),
            models.CheckConstraint(
                condition=models.Q(number__isnull=False, activated_at__isnull=False)
                | ~models.Q(state=NoticeState.ACTIVE.value),
                name="notice_active_has_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consent_type} in {self.language}: {self.label}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a draft, or bring one into force. Raises FrozenText for a row that is no draft any more."""
        if not self._state.adding and not self._row().filter(state=NoticeState.DRAFT.value).exists():
            raise FrozenText("A text that was in force or set aside cannot be changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raise FrozenText: a draft that nobody wants is set aside, so that no work is lost."""
        raise FrozenText("A text is set aside, never deleted.")

    def retire(self, moment: datetime) -> None:
        """End it: as the text in force, or as a draft. Its words stay as they are."""
        alive = self._row().exclude(state=NoticeState.RETIRED.value)
        alive.update(state=NoticeState.RETIRED.value, retired_at=moment)
        self.state, self.retired_at = NoticeState.RETIRED.value, moment

    def _row(self) -> models.QuerySet[NoticeVersion]:
        """Return the row without the guard and without a scope: what was found in scope may be judged and ended."""
        return models.QuerySet(type(self)).filter(pk=self.pk)

    @property
    def label(self) -> str:
        """The version as people call it: "3", "3.1" for a new wording, or "draft"."""
        if self.number is None:
            return "draft"
        return f"{self.number}.{self.wording}" if self.wording else str(self.number)
