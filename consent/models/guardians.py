"""Guardians and the children they answer for, as the roster and the school's office state them."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager
from consent.vocabulary import Bounce, Relationship


class Guardian(models.Model):
    """A person whom the school names as the guardian of one or more of its students.

    `source_id` is the person's id in the school's roster. `restricted_at` is set while the school
    has recorded a court order against any contact: such a guardian gets no mail and opens no page.
    `bounced_at` is set while mail to the address comes back, with the reason in `bounce_code`.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    source_id = models.CharField(max_length=255, blank=True)
    name = models.CharField(max_length=200)
    email = models.EmailField(max_length=254, blank=True)
    language = models.CharField(max_length=10, default="en")
    restricted_at = models.DateTimeField(null=True, blank=True)
    bounced_at = models.DateTimeField(null=True, blank=True)
    bounce_code = models.CharField(
        max_length=12, blank=True, choices=[(member.value, member.label) for member in Bounce]
    )
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[Guardian]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["school_id", "email"], name="guardian_school_email_ix")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["school_id", "source_id"], condition=~models.Q(source_id=""), name="guardian_once_per_source"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def move_to(self, address: str, *, now: datetime) -> None:
        """Save another address, blank for none. What came back from the old one says nothing about it."""
        self.email, self.bounced_at, self.bounce_code = address, None, ""
        self.updated_at = now
        self.save(update_fields=["email", "bounced_at", "bounce_code", "updated_at"])


class Guardianship(models.Model):
    """That a guardian answers for one student.

    `relationship` is blank while the school has not said what the person is to the child: authority
    is then unknown and no mail goes out. `stated_by_office` tells that the office said it, not the
    roster. `restricted` is a court order about this child alone; the orders stand in `CourtOrder`.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    guardian = models.ForeignKey(Guardian, on_delete=models.CASCADE, related_name="+")
    school_id = models.CharField(max_length=64)
    student_id = models.CharField(max_length=64, db_index=True)
    relationship = models.CharField(
        max_length=24, blank=True, choices=[(member.value, member.label) for member in Relationship]
    )
    stated_by_office = models.BooleanField(default=False)
    restricted = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    objects: ClassVar[models.Manager[Guardianship]] = ScopedManager(school="school_id")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["school_id", "student_id"], name="guardianship_school_student_ix")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["guardian", "student_id"], name="guardianship_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_relationship_display() or 'unknown relationship'} of one student"
