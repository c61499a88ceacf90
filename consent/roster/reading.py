"""From a file to a stage that can be compared and applied, or to the reasons why not."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction

from classwaves_admin.accounts.directory import DISTRICT_KEY
from classwaves_admin.lib.without_gc import without_gc
from classwaves_admin.schools.faults import Fault
from classwaves_admin.schools.oneroster import read_package
from classwaves_admin.schools.plain_table import Reading as TableReading
from classwaves_admin.schools.plain_table import read_table
from classwaves_admin.schools.staging import School, Stage
from classwaves_admin.warehouse.models import School as SchoolRow
from classwaves_admin.warehouse.models import SchoolSetting
from consent.models import RosterImport, RosterImportSchool, RosterStudent
from consent.models.rosters import RosterFormat, RosterState
from consent.roster.checks import faults_of, leave_out
from consent.roster.identity import Kind, row_id
from consent.roster.losses import CHUNK, losses_of
from consent.roster.parts import namespace

# Of a file's faults so many are kept to be shown.
MOST_KEPT = 500


def read_roster(roster_import: RosterImport, source: BinaryIO | Path, *, now: datetime) -> None:
    """Read a roster into its stage. The import is then refused, with its faults, or waits to be compared."""
    making = roster_import.stage_path.with_suffix(".making")
    making.unlink(missing_ok=True)
    try:
        with Stage.new(making) as stage, without_gc():
            faults = _fill(stage, roster_import, source, making, now)
            if all(fault.is_of_a_row for fault in faults):
                faults += _prepare(stage, roster_import)
            if all(fault.is_of_a_row for fault in faults):
                stage.finish()
                making.replace(roster_import.stage_path)
                _accept(roster_import, stage, faults)
                return
        _refuse(roster_import, faults)
    finally:
        making.unlink(missing_ok=True)


def forget_files(roster_import: RosterImport) -> None:
    """Remove what is on disk of an import."""
    for path in (roster_import.stage_path, roster_import.upload_path):
        path.unlink(missing_ok=True)
        for suffix in (".making", ".raw", ".stage-journal"):
            with contextlib.suppress(OSError):
                path.with_suffix(suffix).unlink(missing_ok=True)


def _fill(stage: Stage, roster_import: RosterImport, source: BinaryIO | Path, path: Path, now: datetime) -> list[Fault]:
    """Take the rows in; return all faults, those of single rows with their rows left out."""
    today = now.date()
    if roster_import.format == RosterFormat.CSV:
        reading: TableReading = read_table(
            source,
            stage,
            school=roster_import.school_id,
            school_name=_name_of(roster_import.school_id),
            encoding=roster_import.options["encoding"],
            columns=roster_import.options["columns"],
        )
        file, faults = "table.csv", reading.faults
    else:
        package = read_package(source, stage, path=path)
        file, faults = "users.csv", package.faults
    if not all(fault.is_of_a_row for fault in faults):
        return faults
    faults = sorted([*faults, *faults_of(stage, today=today, file=file)])
    leave_out(stage, today=today)
    return faults


def _name_of(school_id: str) -> str:
    return SchoolRow.objects.values_list("name", flat=True).get(pk=school_id)


def _prepare(stage: Stage, roster_import: RosterImport) -> list[Fault]:
    """Give schools and students the ids of their rows; return a fault for each school that is not the maker's."""
    district = namespace(stage, roster_import)
    if roster_import.format == RosterFormat.CSV:
        stage.identify(lambda _: roster_import.school_id, table="school")
        _recognise(stage, roster_import.school_id)
    else:
        stage.identify(partial(row_id, Kind.SCHOOL, district), table="school")
    for table in ("student", "unsure"):
        stage.identify(partial(row_id, Kind.STUDENT, district), table=table)
    return _foreign(stage.schools(), row_id(Kind.DISTRICT, district), roster_import)


def _recognise(stage: Stage, school_id: str) -> None:
    """Find the students of a plain table whom another roster of the school has brought under the same id."""
    after = ""
    known = RosterStudent.objects.filter(school_id=school_id).order_by("student_id")
    while rows := list(known.filter(student_id__gt=after).values_list("student_id", "source_id")[:CHUNK]):
        for table in ("student", "unsure"):
            stage.connection.executemany(f"UPDATE {table} SET id = ? WHERE source_id = ?", rows)  # noqa: S608 - two names
        after = rows[-1][0]


def _foreign(schools: Sequence[School], district_id: str, roster_import: RosterImport) -> list[Fault]:
    limits = roster_import.limited_to
    if not limits or district_id in limits["districts"]:
        return []
    return [
        Fault("orgs.csv", school.line, "roster.foreign_school", f"{school.name} is not one of your schools.")
        for school in schools
        if school.id not in limits["schools"]
    ]


def _accept(roster_import: RosterImport, stage: Stage, faults: list[Fault]) -> None:
    district, schools = namespace(stage, roster_import), []
    existing = set(SchoolRow.objects.filter(pk__in=[one.id for one in stage.schools()]).values_list("pk", flat=True))
    for school in stage.schools():
        losses = losses_of(stage, school, district)
        schools.append(
            RosterImportSchool(
                roster_import=roster_import,
                school_id=school.id,
                source_id=school.source_id,
                name=school.name,
                is_new=school.id not in existing,
                students=stage.students_at(school.source_id),
                students_before=losses.students,
                students_leaving=losses.students_leaving,
                ties_before=losses.ties,
                ties_ending=losses.ties_ending,
            )
        )
        if losses.exceed(settings.ROSTER_MOST_DEPARTURES_PERCENT):
            roster_import.needs_confirmation = True
        roster_import.leaving += losses.leaving
    roster_import.district = _lock_of(stage, roster_import)
    roster_import.total = stage.count("student") + stage.count("family")
    roster_import.rows_left_out = len({(fault.file, fault.line) for fault in faults})
    _keep_faults(roster_import, faults)
    with transaction.atomic():
        RosterImportSchool.objects.filter(roster_import=roster_import).delete()
        RosterImportSchool.objects.bulk_create(schools)
        roster_import.save()


def _lock_of(stage: Stage, roster_import: RosterImport) -> str:
    """Return what may be imported once at a time."""
    if roster_import.format == RosterFormat.ONEROSTER:
        return row_id(Kind.DISTRICT, namespace(stage, roster_import))
    ties = SchoolSetting.objects.filter(school_id=roster_import.school_id, setting_key=DISTRICT_KEY)
    return ties.values_list("setting_value", flat=True).first() or roster_import.school_id


def _refuse(roster_import: RosterImport, faults: list[Fault]) -> None:
    roster_import.state = RosterState.REFUSED
    _keep_faults(roster_import, sorted(faults, key=lambda fault: (fault.is_of_a_row, fault)))
    roster_import.save()


def _keep_faults(roster_import: RosterImport, faults: list[Fault]) -> None:
    roster_import.fault_count = len(faults)
    roster_import.faults = [[fault.file, fault.line, fault.code, fault.message] for fault in faults[:MOST_KEPT]]
