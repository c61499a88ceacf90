"""Makers of guardians: `from tests.factories import families`."""

from __future__ import annotations

import itertools
from typing import Any

from classwaves_admin.tenancy.scope import system_scope
from classwaves_admin.warehouse.models import Student
from consent.models import Guardian, Guardianship

_number = itertools.count(1)


def guardian(*children: Student, relationship: str = "parent", restricted: bool = False, **given: Any) -> Guardian:
    """Save a guardian of `children`, all of one school, with an address; they read English unless told."""
    n = next(_number)
    with system_scope(reason="test"):
        person = Guardian.objects.create(
            **{
                "school_id": children[0].school_id,
                "source_id": f"guardian-{n}",
                "name": f"Guardian {n}",
                "email": f"guardian{n}@home.example",
            }
            | given
        )
        for child in children:
            Guardianship.objects.create(
                guardian=person,
                school_id=child.school_id,
                student_id=child.id,
                relationship=relationship,
                restricted=restricted,
            )
    return person
