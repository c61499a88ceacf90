"""The notices that were shown, word for word, for as long as the portal lives."""

from __future__ import annotations

from typing import Any

from django.db import models

from classwaves_admin.lib.clock import now


class FrozenText(RuntimeError):
    """A try to change or delete a notice that was shown to a parent."""


class _FrozenQuerySet(models.QuerySet["NoticeText"]):
    """Refuses what would change many rows at once."""

    def update(self, **kwargs: Any) -> int:
        """Raise FrozenText."""
        raise FrozenText("A notice that was shown cannot be changed.")

    def delete(self) -> tuple[int, dict[str, int]]:
        """Raise FrozenText."""
        raise FrozenText("A notice that was shown cannot be deleted.")


class NoticeText(models.Model):
    """One notice exactly as shown, in Markdown. It holds the school's words and never a child's name.

    `version` is `parental_consents.consent_text_version`, such as
    `service_collection_use@3/es/sha256:0123456789ab`; a receipt renders `text` again unchanged.
    `written_from` is the id of the school's own NoticeVersion, empty for a text that came with the portal.
    """

    version = models.CharField(primary_key=True, max_length=120)
    school_id = models.CharField(max_length=64, db_index=True)
    consent_type = models.CharField(max_length=40)
    language = models.CharField(max_length=10)
    title = models.CharField(max_length=200)
    text = models.TextField()
    written_from = models.CharField(max_length=36, blank=True)
    created_at = models.DateTimeField(default=now)

    objects = _FrozenQuerySet.as_manager()

    def __str__(self) -> str:
        return self.version

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new text. Raises FrozenText for one that is written already."""
        if not self._state.adding:
            raise FrozenText("A notice that was shown cannot be changed.")
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Raise FrozenText."""
        raise FrozenText("A notice that was shown cannot be deleted.")
