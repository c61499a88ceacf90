"""What a certificate says of a run, and the certificates as pages show them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from classwaves_admin.lib import keyset
from classwaves_admin.warehouse.inventory import Retention, table
from classwaves_admin.warehouse.inventory.periods import DEFAULTS
from classwaves_admin.warehouse.models import School
from retention.fates import Fate
from retention.models import ArchiveFile, Certificate, CertificateState, Run, RunKind
from retention.places import all_places
from retention.schedule import rule_named

__all__ = ["Shown", "as_json", "certificate_page", "content_of", "removals_late", "shown", "tables_touched"]

PAGE_SIZE = 50
_PLACES = {"warehouse": "The catalog", "default": "The portal’s own database"}
# What became of rows, by the fate of their segment.
_DONE = {Fate.DELETE: "deleted", Fate.BLANK: "emptied"}


def certificate_page(*, school: str, cursor: str, late_at: datetime | None = None) -> keyset.Page[Certificate]:
    """Return a page of certificates, newest first, of one school or of all in scope. Raises BadCursor.

    With `late_at` those alone of which the removal from the disk was late at that moment: the dashboard counts them.
    """
    rows = _of_school(school) if late_at is None else _late(school, late_at)
    return keyset.page(rows.select_related("run"), order=("-made_at", "-id"), size=PAGE_SIZE, cursor=cursor)


def removals_late(school: str, now: datetime) -> int:
    """Return how many certificates of a school, or of all in scope, say "logically deleted" after their day."""
    return _late(school, now).count()


def content_of(run: Run) -> dict[str, Any]:
    """Return what is certified of a run that has ended, as plain values: one warehouse query.

    Ids, numbers, codes and the words of the schedule; no name of a person.
    """
    return {
        "run": run.id,
        "school": {"id": run.school_id, "name": _school_name(run.school_id)},
        "kind": run.kind,
        "outcome": run.state,
        "stop": run.stop,
        "direction": {
            "policy_type": run.policy_type,
            "request": run.request_id,
            "student": run.student_id,
            "legal_basis": DEFAULTS[Retention(run.policy_type)].basis if run.policy_type else "16 CFR 312.6",
            "delete_before": _moment(run.delete_before),
            "archive_before": _moment(run.archive_before),
            "by_policy_alone": run.by_night and run.approved_by == run.asked_by,
            "asked_by": run.asked_by,
            "asked_at": _moment(run.asked_at),
            "approved_by": run.approved_by,
            "approved_at": _moment(run.approved_at),
        },
        "extent": "partial",
        "nature": "destruction",
        "ended_at": _moment(run.finished_at),
        "tables": _tables(run),
        "files_left": dict(Counter(run.leftovers.values_list("code", flat=True))),
        "archive": _archive(run),
    }


def tables_touched(content: dict[str, Any]) -> list[str]:
    """Return the tables of whose rows something went."""
    return [one["table"] for one in content["tables"] if any(one[word] for word in ("deleted", "emptied", "archived"))]


def _of_school(school: str) -> QuerySet[Certificate]:
    return Certificate.objects.filter(school_id=school) if school else Certificate.objects.all()


def _late(school: str, now: datetime) -> QuerySet[Certificate]:
    return _of_school(school).filter(state=CertificateState.LOGICAL, due_at__lt=now)


def _tables(run: Run) -> list[dict[str, Any]]:
    """Return by table what went, what stayed and why, and the digests of the ids that were approved."""
    found: dict[str, dict[str, Any]] = {}
    for name, numbers in run.numbers.items():
        if numbers and name not in all_places():  # the portal's own are told by their number alone
            found.setdefault(name, _line(name))["kept"] = dict(numbers["kept"])
    columns = ("table", "fate", "removed", "gone", "stayed", "ids_sha256")
    for name, fate, removed, gone, stayed, digest in run.segments.order_by("number").values_list(*columns):
        line = found.setdefault(name, _line(name))
        line[_DONE.get(fate, "archived")] += removed
        line["gone_before"] += gone
        line["kept"] = dict(Counter(line["kept"]) + Counter(stayed))
        line["ids_sha256"].append(digest)
    return list(found.values())


def _line(name: str) -> dict[str, Any]:
    rule = rule_named(name)
    kind = table(rule.model).retention
    return {
        "table": name,
        "category": DEFAULTS[kind].label if kind else "Roster",
        "with_files": bool(rule.file),
        "deleted": 0,
        "emptied": 0,
        "archived": 0,
        "gone_before": 0,
        "kept": {},
        "ids_sha256": [],
    }


def _archive(run: Run) -> dict[str, Any]:
    """Return what lies in the archive of this run, or what of a child went and stays there and in copies."""
    if run.kind == RunKind.CHILD:
        told = run.cursor.get("archive", {})
        return {
            "removed": told.get("removed", 0),
            "held": told.get("held", 0),
            "files_failed": told.get("files", 0),
            "copies_removed": run.cursor.get("copies", 0),
        }
    files = ArchiveFile.objects.filter(run_id=run.id).order_by("segment")
    return {"files": [{"id": one.id, "table": one.table, "rows": one.rows, "sha256": one.sha256} for one in files]}


def _school_name(school_id: str) -> str:
    return School.objects.filter(pk=school_id).values_list("name", flat=True).first() or ""


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


@dataclass(frozen=True, slots=True)
class Shown:
    """What pages and papers show of a certificate: moments as moments, sums, categories."""

    kind: str
    policy_type: str
    student: str
    request: str
    basis: str
    delete_before: datetime | None
    archive_before: datetime | None
    asked_at: datetime | None
    approved_at: datetime | None
    ended_at: datetime | None
    by_policy_alone: bool
    outcome: str
    categories: tuple[str, ...]
    tables: list[dict[str, Any]]
    sums: dict[str, int]
    looked_at: list[tuple[str, dict[str, Any]]]


def shown(certificate: Certificate) -> Shown:
    """Return a certificate as it is shown."""
    content = certificate.content
    direction = content["direction"]
    moments = {name: _read(direction[name]) for name in ("delete_before", "archive_before", "asked_at", "approved_at")}
    words = ("deleted", "emptied", "archived", "gone_before")
    touched = [one for one in content["tables"] if any(one[word] for word in words) or one["kept"]]
    return Shown(
        kind=RunKind(content["kind"]).label,
        policy_type=direction["policy_type"],
        student=direction["student"],
        request=direction["request"],
        basis=direction["legal_basis"],
        **moments,
        ended_at=_read(content["ended_at"]),
        by_policy_alone=direction["by_policy_alone"],
        outcome=content["outcome"],
        categories=tuple(dict.fromkeys(one["category"] for one in touched)),
        tables=touched,
        sums={word: sum(one[word] for one in touched) for word in words}
        | {"kept": sum(sum(one["kept"].values()) for one in touched)},
        looked_at=[(_PLACES[alias], found) for alias, found in certificate.looked_at.items()],
    )


def as_json(certificate: Certificate) -> dict[str, Any]:
    """Return all of a certificate as plain values: `sha256` is over `content` with sorted keys and no spaces."""
    return {
        "certificate": certificate.id,
        "made_at": _moment(certificate.made_at),
        "content": certificate.content,
        "sha256": certificate.sha256,
        "disposition": certificate.state,
        "physical_removal_due_at": _moment(certificate.due_at),
        "physically_removed_at": _moment(certificate.physical_at),
        "looked_at": certificate.looked_at,
    }


def _read(moment: str | None) -> datetime | None:
    return datetime.fromisoformat(moment) if moment else None
