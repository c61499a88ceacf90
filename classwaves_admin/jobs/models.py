"""Long work, kept in the `default` database: how far it is, and who holds it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.actor import Actor, ActorType
from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager


class State(models.TextChoices):
    """Where a job stands; `rules.SOURCES` says how it may move."""

    QUEUED = "queued", "Waiting to start"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Stopped by a fault"
    CANCELLED = "cancelled", "Stopped by a person"


class Job(models.Model):
    """One long piece of work about one record of its kind, such as a campaign.

    `subject_id` is that record's id; the kind's step finds the rest with it. `holder` and `claimed_at`
    are the lease of the process that works on it. `done` and `total` count in the unit that people
    read; `total` is 0 while nobody knows. `support_grant` is the grant within which it was asked for. A job
    with a `school_id` runs in that school's scope.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    kind = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=64)
    school_id = models.CharField(max_length=64, blank=True)
    actor_id = models.CharField(max_length=64)
    actor_type = models.CharField(max_length=10, choices=[(one.value, one.value) for one in ActorType])
    support_grant = models.CharField(max_length=36, blank=True, default="")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Failed steps in a row.")
    failure = models.CharField(max_length=60, blank=True, help_text="A code, never an error's words.")
    holder = models.CharField(max_length=36, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Job]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "next_attempt_at"], name="job_state_next_ix"),
            models.Index(fields=["kind", "subject_id"], name="job_subject_ix"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.get_state_display()}"

    @property
    def by(self) -> Actor:
        """Return who asked for the work."""
        return Actor(self.actor_id, ActorType(self.actor_type), support_grant=self.support_grant)

    @property
    def is_open(self) -> bool:
        """Tell whether the work goes on, now or later."""
        return self.state in {State.QUEUED, State.RUNNING}
