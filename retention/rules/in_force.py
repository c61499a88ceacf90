"""Which periods hold at a school: its own row where that is a policy, else its district's, else the portal's default.

Other services write `compliance.retention_policies` too. A row that is missing, doubled or no policy is a finding
that somebody has to mend; it never means "keep for ever".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from classwaves_admin.warehouse.inventory import Retention
from classwaves_admin.warehouse.inventory.periods import DEFAULTS, LONGEST_DAYS, Periods
from retention.rules.policies import most_days


@dataclass(frozen=True, slots=True)
class Row:
    """A row of `compliance.retention_policies` as it stands there, whoever wrote it."""

    id: str
    policy_type: str
    archive: int | None
    retain: int | None
    delete: int | None
    basis: str
    auto_delete: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Standard:
    """A district's own default for one kind; a locked one holds in all its schools."""

    periods: Periods
    basis: str
    auto_delete: bool
    locked: bool = False

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """Return the standard that `as_json` wrote."""
        return cls(Periods(**kept["periods"]), kept["basis"], kept["auto_delete"], kept["locked"])

    def as_json(self) -> dict[str, Any]:
        """Return the standard as JSON takes it."""
        return asdict(self)


class Source(StrEnum):
    """Where the periods in force come from."""

    SCHOOL = "school"
    DISTRICT = "district"
    LOCKED = "locked"
    DEFAULT = "default"


class Finding(StrEnum):
    """What is wrong with the rows of one kind."""

    MISSING = "missing"
    NO_PERIOD = "no_period"
    OUT_OF_ORDER = "out_of_order"
    NO_BASIS = "no_basis"
    DOUBLED = "doubled"
    TOO_LONG = "too_long"
    NOT_AS_LOCKED = "not_as_locked"


@dataclass(frozen=True, slots=True)
class InForce:
    """What holds for one kind of data at one school. `row` is the row that was read, where there is one."""

    kind: Retention
    periods: Periods
    basis: str
    auto_delete: bool
    source: Source
    findings: tuple[Finding, ...]
    row: Row | None

    @property
    def is_locked(self) -> bool:
        """Tell whether the district has decided for its schools."""
        return self.source is Source.LOCKED


def in_force(
    rows: Iterable[Row], standards: Mapping[Retention, Standard], *, under_13: bool
) -> dict[Retention, InForce]:
    """Return what holds for each kind of data at one school.

    While the school has children under 13, nothing stays longer than the limit of its kind, whatever a row says.
    """
    by_kind: dict[str, list[Row]] = {}
    for row in rows:
        by_kind.setdefault(row.policy_type, []).append(row)
    return {kind: _of(kind, by_kind.get(kind, ()), standards.get(kind), under_13) for kind in Retention}


def unknown_kinds(rows: Iterable[Row]) -> list[Row]:
    """Return the rows whose kind the portal does not know: they rule nothing."""
    known = {kind.value for kind in Retention}
    return [row for row in rows if row.policy_type not in known]


def _of(kind: Retention, rows: Sequence[Row], standard: Standard | None, under_13: bool) -> InForce:
    newest = max(rows, key=lambda row: (row.updated_at, row.id), default=None)
    findings = [] if newest or standard else [Finding.MISSING]
    if len(rows) > 1:
        findings.append(Finding.DOUBLED)
    own = _read(newest, findings) if newest else None
    if standard and standard.locked and newest and (own is None or own.periods != standard.periods):
        findings.append(Finding.NOT_AS_LOCKED)
    source, ruling = _ruling(kind, own, standard)
    periods, most = ruling.periods, most_days(kind, under_13=under_13)
    if periods.delete > most:
        findings.append(Finding.TOO_LONG)
        periods = _capped(periods, most)
    return InForce(kind, periods, ruling.basis, ruling.auto_delete, source, tuple(findings), newest)


def _ruling(kind: Retention, own: Standard | None, standard: Standard | None) -> tuple[Source, Standard]:
    """Return whose periods hold. Nothing is deleted by itself unless the school or a district's lock says so."""
    if standard and standard.locked:
        return Source.LOCKED, standard
    if own:
        return Source.SCHOOL, own
    if standard:
        return Source.DISTRICT, Standard(standard.periods, standard.basis, auto_delete=False)
    return Source.DEFAULT, Standard(DEFAULTS[kind].periods, DEFAULTS[kind].basis, auto_delete=False)


def _read(row: Row, findings: list[Finding]) -> Standard | None:
    """Return what a row says, and note what is wrong with it; None where it says no period that can hold.

    A row without a day of deletion is taken by the days that it keeps: the sooner reading.
    """
    archive = row.archive
    retain, delete = row.retain or 0, row.retain or 0 if row.delete is None else row.delete
    stated = [retain, delete, *([] if archive is None else [archive])]
    holds = all(1 <= days <= LONGEST_DAYS for days in stated)
    if row.delete is None or not holds:
        findings.append(Finding.NO_PERIOD)
    if not holds:
        return None
    if retain > delete or (archive or 0) > retain:
        findings.append(Finding.OUT_OF_ORDER)
    if not row.basis.strip():
        findings.append(Finding.NO_BASIS)
    retain = min(retain, delete)
    return Standard(Periods(archive and min(archive, retain), retain, delete), row.basis.strip(), row.auto_delete)


def _capped(periods: Periods, most: int) -> Periods:
    archive = None if periods.archive is None else min(periods.archive, most)
    return Periods(archive, min(periods.retain, most), most)
