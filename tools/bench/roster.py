"""Import of a OneRoster package against the bare loop over the same files into the same tables.

    python -m tools.bench.roster                    all figures, as `make bench-roster` prints them
    python -m tools.bench.roster ours|bare FOLDER   one run, as one JSON line

A row is a row of the package's CSV files. Ours is the command's path: read, check, stage, compare with the rows that
are there, write through outbox and audit log, keep what undoes it, deliver. The bare loop reads the same files with
`csv.reader`, nothing checked or compared, and puts the same rows, by the same keys (known before its time begins),
into the same tables of the same two databases (students and age records; guardians, guardianships, members of the
roster) with `executemany`, one transaction a table, the same indexes and pragmas. No audit, no outbox, no undoing.
Each run is a process of its own on empty databases, in turn, so that peaks of memory are its own.
"""

from __future__ import annotations

import csv
import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from tools.bench.figures import Figure, peak_megabytes, shown, write
from tools.places import PYTHON, ROOT
from tools.terminal import say

SMALL, LARGE = 10_000, 100_000
ROUNDS = 3
BAR = 0.2
# Peak of the large run as a part of the small one's: what "flat" means here.
FLAT = 1.25
STUDENTS_OF_A_SCHOOL = 500
AT = "2025-03-04 15:00:00"
THIS_YEAR, UNDER = 2025, 13
NAMESPACE = uuid.UUID("5f0c7c3e-8a57-5d0b-9a55-2f6d0c6c1d11")
USERS = (
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,"
    "identifier,email,sms,phone,agentSourcedIds,grades,password,metadata.relation"
)


def make_package(folder: Path, students: int) -> None:
    """Write a OneRoster 1.1 folder: two children and two guardians a family, each with a birth date."""
    folder.mkdir()
    schools = max(1, students // STUDENTS_OF_A_SCHOOL)
    head = "sourcedId,status,dateLastModified"
    orgs = [f"s-{n},,,School {n},school,,d-1" for n in range(schools)]
    _write(folder / "orgs.csv", f"{head},name,type,identifier,parentSourcedId", ["d-1,,,District,district,,", *orgs])
    files = ("orgs", "users", "demographics")
    manifest = ["manifest.version,1.0", "oneroster.version,1.1", *(f"file.{name},bulk" for name in files)]
    _write(folder / "manifest.csv", "propertyName,value", manifest)
    _write(folder / "users.csv", USERS, _people(students, schools))
    births = (f"k-{n:07},,,{2008 + n % 10}-05-{n % 28 + 1:02}" for n in range(students))
    _write(folder / "demographics.csv", f"{head},birthDate", births)


def _people(students: int, schools: int) -> Iterator[str]:
    for n in range(students):
        family = n // 2
        school, pair = f"s-{family % schools}", f'"g-{2 * family:07},g-{2 * family + 1:07}"'
        yield f"k-{n:07},,,true,{school},student,u{n},,Child{n},Family{family},,,,,,{pair},{n % 12 + 1:02},,"
        if n % 2 == 0:
            children = f'"k-{n:07},k-{n + 1:07}"'
            for key, kin in ((2 * family, "mother"), (2 * family + 1, "father")):
                person = f"Guardian{key},Family{family},,,guardian{key}@home.example"
                yield f"g-{key:07},,,false,{school},parent,,,{person},,,{children},,,{kin}"


def _write(path: Path, header: str, lines: Any) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in (header, *lines))


def ours(folder: Path) -> None:
    """Import as the command does."""
    from classwaves_admin.lib import clock
    from classwaves_admin.lib.actor import system
    from consent.roster.command import Choices, import_package

    done = import_package(package=folder, by=system("bench"), now=clock.now(), choices=Choices())
    if not done.written:
        raise RuntimeError("The import was refused.")


def know_keys(folder: Path) -> None:
    """Make every key of the bare loop's rows before its time begins: what it costs is no part of the measure."""
    users = list(_rows(folder, "users"))
    for row in users:
        if row[5] == "student":
            _student(row)
            _age([row[0], "", "", "2010"], {row[0]: row[4]})
        else:
            _guardian(row)
    list(_ties([row for row in users if row[5] == "student"], defaultdict(str)))


def bare(folder: Path) -> None:
    """Read and insert, nothing else."""
    from django.conf import settings

    catalog, portal = (sqlite3.connect(settings.DATABASES[name]["NAME"]) for name in ("warehouse", "default"))
    for connection, synchronous in ((catalog, "NORMAL"), (portal, "FULL")):
        connection.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous};")
    users = list(_rows(folder, "users"))
    students, guardians = ([row for row in users if row[5] == role] for role in ("student", "parent"))
    schools = {row[0]: row[4] for row in students}
    fill = (
        (catalog, '"users.students"', STUDENT, map(_student, students)),
        (catalog, '"compliance.coppa_compliance"', AGE, (_age(row, schools) for row in _rows(folder, "demographics"))),
        (portal, "consent_guardian", GUARDIAN, map(_guardian, guardians)),
        (portal, "consent_guardianship", TIE, _ties(students, {row[0]: row[18] for row in guardians})),
        (portal, "consent_rosterstudent", "student_id school_id source_id", map(_member, students)),
    )
    for connection, table, columns, rows in fill:
        marks = ", ".join("?" * len(columns.split()))
        sql = f"INSERT INTO {table} ({', '.join(columns.split())}) VALUES ({marks})"  # noqa: S608 - names only
        with connection:
            connection.executemany(sql, rows)
        connection.commit()


STUDENT = (
    "id display_name school_id email google_id status grade_level has_parental_consent consent_date parent_email"
    " data_sharing_consent audio_recording_consent created_at updated_at"
)
AGE = (
    "id student_id school_id birth_year is_under_13 age_verification_method age_verified_at data_collection_limited"
    " no_behavioral_targeting no_third_party_sharing auto_delete_enabled parent_access_enabled created_at updated_at"
)
GUARDIAN = "id school_id source_id name email language bounce_code created_at updated_at"
TIE = "id guardian_id school_id student_id relationship stated_by_office restricted created_at updated_at"


def _rows(folder: Path, name: str) -> Iterator[list[str]]:
    with (folder / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        next(reader)
        yield from reader


@cache
def _id(kind: str, *source_ids: str) -> str:
    """Return the id that the portal gives the row: the same rows have the same keys."""
    return str(uuid.uuid5(NAMESPACE, "\x1f".join((kind, "d-1", *source_ids))))


def _student(row: list[str]) -> tuple[Any, ...]:
    name, school = f"{row[8]} {row[9][:1]}.", _id("school", row[4])
    return _id("student", row[0]), name, school, None, None, "active", row[16], 0, None, None, 0, 0, AT, AT


def _age(row: list[str], schools: dict[str, str]) -> tuple[Any, ...]:
    year, school = int(row[3][:4]), _id("school", schools[row[0]])
    young, key = int(THIS_YEAR - year <= UNDER), _id("student", row[0])
    return _id("age", row[0]), key, school, year, young, "sis_dob", AT, 1, 1, 1, 1, 1, AT, AT


def _guardian(row: list[str]) -> tuple[Any, ...]:
    name, school = f"{row[8]} {row[9]}", _id("school", row[4])
    return _id("guardian", row[4], row[0]), school, row[0], name, row[12], "en", "", AT, AT


def _ties(students: list[list[str]], kin: Mapping[str, str]) -> Iterator[tuple[Any, ...]]:
    for row in students:
        student, school = _id("student", row[0]), _id("school", row[4])
        for agent in row[15].split(","):
            key, guardian = _id("guardianship", row[4], agent, row[0]), _id("guardian", row[4], agent)
            yield key, guardian, school, student, kin[agent], 0, 0, AT, AT


def _member(row: list[str]) -> tuple[Any, ...]:
    return _id("student", row[0]), _id("school", row[4]), row[0]


def one_run(name: str, folder: Path) -> dict[str, float]:
    """Do one import and return what it took."""
    import django

    django.setup()
    from django.db import connections

    for alias in ("default", "warehouse"):
        connections[alias].ensure_connection()
    if name == "bare":
        know_keys(folder)
    before = time.process_time()
    started = time.perf_counter()
    {"ours": ours, "bare": bare}[name](folder)
    seconds = time.perf_counter() - started
    peak = peak_megabytes()
    return {"seconds": seconds, "megabytes": peak, "processor": time.process_time() - before}


def _run(name: str, folder: Path, empty: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as place:
        var = Path(place) / "var"
        shutil.copytree(empty, var)
        command = [str(PYTHON), "-m", "tools.bench.roster", name, str(folder)]
        done = subprocess.run(command, cwd=ROOT, env=_environment(var), check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _environment(var: Path) -> dict[str, str]:
    return os.environ | {
        "ENV_FILE": os.devnull,
        "CLASSWAVES_ENV": "test",
        "DJANGO_SETTINGS_MODULE": "classwaves_admin.settings",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "TOKEN_KEY": secrets.token_urlsafe(64),
        "VAR_DIR": str(var),
        "DATABASE_URL": f"sqlite:///{var}/portal.sqlite3",
        "WAREHOUSE_URL": f"sqlite:///{var}/warehouse.sqlite3",
        "BROKER_URL": "memory://localhost",
        "LOG_LEVEL": "ERROR",
    }


def measure() -> list[Figure]:
    """Return rows a second of both, and the peaks of memory for 10,000 and 100,000 students."""
    with tempfile.TemporaryDirectory() as place:
        here = Path(place)
        empty = here / "var"
        empty.mkdir()
        for database in ("default", "warehouse"):
            command = [str(PYTHON), "manage.py", "migrate", "-v0", "--database", database]
            subprocess.run(command, cwd=ROOT, env=_environment(empty), check=True)
        small, large = here / "small", here / "large"
        make_package(small, SMALL)
        make_package(large, LARGE)
        runs: dict[str, list[dict[str, float]]] = {"bare": [], "ours": []}
        for number in range(ROUNDS):
            for name in sorted(runs, reverse=bool(number % 2)):
                runs[name].append(_run(name, small, empty))
        many = _run("ours", large, empty)
    rows = 3 * SMALL + max(1, SMALL // STUDENTS_OF_A_SCHOOL) + 1
    speed = {name: rows / median(one["seconds"] for one in found) for name, found in runs.items()}
    effort = {name: rows / median(one["processor"] for one in found) for name, found in runs.items()}
    peak = median(one["megabytes"] for one in runs["ours"])
    return [
        Figure(f"import of {SMALL:,} students, {rows:,} rows", speed["ours"], "rows/s", speed["bare"], BAR),
        Figure("the same by processor time", effort["ours"], "rows/s", effort["bare"]),
        Figure(f"peak memory at {SMALL:,} students", peak, "MB", better="lower"),
        Figure(f"peak memory at {LARGE:,} students", many["megabytes"], "MB", peak, FLAT, better="lower"),
        Figure(f"import of {LARGE:,} students", 3 * LARGE / many["seconds"], "rows/s"),
    ]


def main() -> None:
    """Measure and keep the figures."""
    say("Import of a roster, on SQLite, next to csv.reader and executemany into the same tables:")
    write("roster", shown(measure()))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(one_run(sys.argv[1], Path(sys.argv[2]))))
    else:
        main()
