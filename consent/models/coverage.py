"""How many students were covered by consent on a day: a figure a school and grade, kept every night."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from classwaves_admin.tenancy.scope import ScopedManager


class CoverageDay(models.Model):
    """The numbers of one grade of a school at the end of a day. A school without students has one row of zeros.

    `worked_out` marks a day before the first night: what the consents of then say about the students of today.
    """

    school_id = models.CharField(max_length=64)
    grade = models.CharField(max_length=40, blank=True)
    day = models.DateField()
    students = models.PositiveIntegerField()
    recordable = models.PositiveIntegerField()
    under_13_without_consent = models.PositiveIntegerField()
    worked_out = models.BooleanField(default=False)

    objects: ClassVar[models.Manager[CoverageDay]] = ScopedManager(school="school_id")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["day", "school_id", "grade"], name="coverage_once_a_day"),
        ]
        indexes: ClassVar = [models.Index(fields=["school_id", "day"], name="coverage_school_day_ix")]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}: {self.recordable} of {self.students}"
