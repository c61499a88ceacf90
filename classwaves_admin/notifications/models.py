"""Mails on their way, kept in the `default` database; the catalog's queue mirrors them as proof of notice."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager


class State(models.TextChoices):
    """Where a mail stands; `rules.SOURCES` says how it may move."""

    QUEUED = "queued", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    FAILED = "failed", "Could not be sent"
    RETURNED = "returned", "Came back or was reported"
    CANCELLED = "cancelled", "No longer wanted"


class OutgoingMail(models.Model):
    """One mail to one person.

    `refers_to` is the id of what the mail is about; the builder of its `kind` finds the rest with it.
    `context` holds plain texts without tokens. Address and context are blanked once the mail has come
    to an end: after that the catalog's row alone keeps them, under its retention policy.
    `taken_at` is set as soon as the server has taken the mail; what follows is noted for many mails together,
    and a mail with this mark is never sent again, whatever happens to the worker in between.
    `text_id` is the school's own text (`MailText`) in which it is written; empty for the portal's.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    kind = models.CharField(max_length=80)
    address = models.CharField(max_length=254, blank=True)
    language = models.CharField(max_length=35)
    school_id = models.CharField(max_length=64, blank=True)
    refers_to = models.CharField(max_length=64)
    context = models.JSONField(default=dict, blank=True)
    text_id = models.CharField(max_length=36, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    failure_reason = models.CharField(max_length=60, blank=True, help_text="A code, never a server's words.")
    message_id = models.CharField(max_length=200, help_text="The header, the same for every attempt.")
    created_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[OutgoingMail]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "next_attempt_at"], name="outgoing_state_next_ix"),
            models.Index(fields=["refers_to"], name="outgoing_refers_ix"),
            models.Index(fields=["created_at", "id"], name="outgoing_created_ix"),
            models.Index(fields=["school_id", "created_at", "id"], name="outgoing_school_ix"),
            models.Index(fields=["school_id", "state", "kind"], name="outgoing_school_state_ix"),
            # What a worker left between the server's answer and the note: a handful among thousands that wait.
            models.Index(
                fields=["taken_at"],
                condition=models.Q(taken_at__isnull=False, sent_at__isnull=True),
                name="outgoing_taken_ix",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.get_state_display()}"


class TextState(models.TextChoices):
    """Where a school's own text of a mail stands."""

    DRAFT = "draft", "Draft"
    ACTIVE = "active", "In use"
    PAST = "past", "Past"


class MailText(models.Model):
    """One text of one mail (school, kind, language): a draft, the one in use, or one of the past.

    `text` is Markdown with slots, `button` the words on the mail's button. `number` counts the texts that came into
    use; it is null for a draft, also for one that was set aside. What was in use is never changed: mails name it.
    `revision` counts the savings of a draft, so that two people who edit at once notice each other. `fell_back_at` is
    when the text could last not be used, so that the portal's went out.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=80)
    language = models.CharField(max_length=35)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    button = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=6, choices=TextState, default=TextState.DRAFT)
    number = models.PositiveIntegerField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=1)
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=now)
    edited_at = models.DateTimeField(default=now)
    activated_by = models.CharField(max_length=64, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    fell_back_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[MailText]] = ScopedManager(school="school_id")

    class Meta:
        constraints: ClassVar = [
            *(
                models.UniqueConstraint(
                    fields=["school_id", "kind", "language"],
                    condition=models.Q(state=state.value),
                    name=f"mail_text_one_{state.value}",
                )
                for state in (TextState.DRAFT, TextState.ACTIVE)
            ),
            models.UniqueConstraint(fields=["school_id", "kind", "language", "number"], name="mail_text_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} in {self.language}: {self.label}"

    @property
    def label(self) -> str:
        """The text as people call it: "2", or "draft"."""
        return "draft" if self.number is None else str(self.number)
