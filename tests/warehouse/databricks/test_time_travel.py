"""The audit log as it was."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import NotSupportedError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Count, Exists, Max, OuterRef
from django_scopes.exceptions import ScopeError

from classwaves_admin.tenancy.scope import Scope, inside, system_scope
from classwaves_admin.warehouse import guard
from classwaves_admin.warehouse.models import AuditLog, School
from tests.factories import catalog as make

pytestmark = pytest.mark.warehouse


@pytest.fixture
def before(catalog: BaseDatabaseWrapper) -> tuple[list[AuditLog], datetime, int]:
    """Write three rows, delete the first; return them with a moment and the version in between."""
    with guard.writing():
        AuditLog.objects.all().delete()
    school = make.school()
    rows = [make.audit_row(school=school) for _ in range(3)]
    with catalog.cursor() as cursor:
        cursor.execute("DESCRIBE HISTORY compliance.audit_log")
        version = int(cursor.fetchall()[0][0])
    time.sleep(0.05)
    moment = datetime.now(UTC)
    time.sleep(0.05)
    with guard.writing():
        AuditLog.objects.filter(pk=rows[0].pk).delete()
    return rows, moment, version


def test_a_version_and_a_moment_show_what_was_there(before: tuple[list[AuditLog], datetime, int]) -> None:
    """Filters before and after, order, counts, slices, groups and iteration keep it."""
    rows, moment, version = before
    ids = [row.pk for row in rows]
    assert AuditLog.objects.count() == 2
    for then in (moment, version, moment.astimezone(None)):
        past = AuditLog.objects.as_of(then)
        assert past.count() == 3
        assert [row.pk for row in past.filter(school=rows[0].school_id).order_by("pk").iterator()] == sorted(ids)
        filtered: Any = AuditLog.objects.filter(pk=ids[0])
        assert filtered.as_of(then).order_by("-event_timestamp").first() == rows[0]
        assert past.aggregate(n=Count("pk"), newest=Max("event_timestamp"))["n"] == 3
        assert past[:2].count() == 2
        assert [row["n"] for row in past.values("event_type").annotate(n=Count("pk"))] == [3]
        theirs = past.filter(school=OuterRef("pk"), pk=ids[0])
        assert School.objects.filter(Exists(theirs)).count() == 1
        assert School.objects.filter(pk__in=past.filter(pk=ids[0]).values("school")).count() == 1


def test_a_version_that_is_gone_is_one_sentence(before: tuple[list[AuditLog], datetime, int]) -> None:
    """What the server says stays behind it as the cause."""
    for then in (99_999, datetime(2001, 1, 1, tzinfo=UTC)):
        with pytest.raises(NotSupportedError, match="keeps no such version of the table") as caught:
            AuditLog.objects.as_of(then).count()
        assert caught.value.__cause__ is not None


def test_the_scope_holds_for_the_past_too(
    before: tuple[list[AuditLog], datetime, int], catalog: BaseDatabaseWrapper
) -> None:
    """Another school sees nothing, one's own all, and without a scope nobody is answered."""
    rows, moment, _ = before
    with inside(Scope(schools=(str(rows[0].school_id),))):
        assert AuditLog.objects.as_of(moment).count() == 3
    with inside(Scope(schools=("another",))):
        assert AuditLog.objects.as_of(moment).count() == 0


def test_the_past_cannot_be_written(before: tuple[list[AuditLog], datetime, int]) -> None:
    """An UPDATE would change the rows of today."""
    with guard.writing():
        with pytest.raises(NotSupportedError, match="read, not written"):
            AuditLog.objects.as_of(before[1]).delete()
        with pytest.raises(NotSupportedError, match="read, not written"):
            AuditLog.objects.as_of(before[1]).update(description="x")
    assert AuditLog.objects.count() == 2


@pytest.mark.parametrize("moment", [-1, True, datetime(2025, 1, 1)])
def test_what_names_no_moment_is_refused(catalog: BaseDatabaseWrapper, moment: int | datetime) -> None:
    """A time without a zone could be any of 24."""
    with pytest.raises(ValueError, match=r"version|zone"):
        AuditLog.objects.as_of(moment)


def test_without_a_scope_nothing_is_answered() -> None:
    """The manager refuses as for the rows of today."""
    with pytest.raises(ScopeError):
        AuditLog.objects.as_of(1)


@pytest.mark.django_db(databases=["default", "warehouse"])
def test_other_engines_say_that_they_keep_no_versions() -> None:
    """Never today's rows in the place of yesterday's, and a queryset that changes its database says so too."""
    with system_scope(reason="test"), pytest.raises(NotSupportedError, match="Only a Databricks warehouse"):
        AuditLog.objects.as_of(datetime.now(UTC) - timedelta(days=1))
