"""Guardians and the children they answer for, as the roster and the school's office state them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.lib.clock import now
from classwaves_admin.lib.ids import new_id
from classwaves_admin.tenancy.scope import ScopedManager
from consent.vocabulary import Relationship


class Guardian(models.Model):
    """A person whom the school names as the guardian of one or more of its students.

    `source_id` is the person's id in the school's roster. `restricted_at` is set while the school
    has recorded a court order against any contact: such a guardian gets no mail and opens no page.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    school_id = models.CharField(max_length=64)
    source_id = models.CharField(max_length=255, blank=True)
    name = models.CharField(max_length=200)
    email = models.EmailField(max_length=254, blank=True)
    language = models.CharField(max_length=10, default="en")
    restricted_at = models.DateTimeField(null=True, blank=True)
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


class Guardianship(models.Model):
    """That a guardian answers for one student.

    `relationship` is blank while the school has not said what the person is to the child: authority
    is then unknown and no mail goes out. `restricted` is a court order about this child alone.
    """

    id = models.CharField(primary_key=True, max_length=36, default=new_id, editable=False)
    guardian = models.ForeignKey(Guardian, on_delete=models.CASCADE, related_name="+")
    school_id = models.CharField(max_length=64)
    student_id = models.CharField(max_length=64, db_index=True)
    relationship = models.CharField(
        max_length=24, blank=True, choices=[(member.value, member.label) for member in Relationship]
    )
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
