"""Sealing and verifying the log, on SQLite, next to the barest reading that could prove anything.

    python -m tools.bench.proof                              all figures, as `make bench-proof` prints them
    python -m tools.bench.proof bare|seal|verify|pack|check FOLDER   one run, as one JSON line

The log has 20 schools and 500 rows a school and day. The bare loop reads the same rows with sqlite3 and takes one
SHA-256 of each row's JSON: no salts, no tree, nothing written. Sealing is the worker's path, with one event and one
transaction for each school and day. Speeds are by processor time. Each run is a process of its own, in turn, so that
peaks of memory are its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tools.bench.figures import Figure, peak_megabytes, shown, write
from tools.places import PYTHON, ROOT
from tools.terminal import say

SMALL, LARGE = 100_000, 500_000
SCHOOLS, A_DAY = 20, 500
ROUNDS = 3
# Peak of the large run as a part of the small one's: what "flat" means here.
FLAT = 1.25
ROWS = f"""
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ? - 1)
INSERT INTO "compliance.audit_log" (id, actor_id, actor_type, event_type, event_category, event_timestamp,
  resource_type, resource_id, school_id, session_id, description, ip_address, user_agent, compliance_basis,
  data_accessed, affected_student_ids, created_at)
SELECT printf('01a20b7b-dd1f-7287-a517-%012d', i), printf('01a20b7b-aaaa-7287-a517-%012d', i % 500), 'teacher',
  'student.viewed', 'data', datetime('2024-01-01', '+' || (i / {SCHOOLS} * 86400 / {A_DAY}) || ' seconds'), 'student',
  printf('01a20b7b-bbbb-7287-a517-%012d', i % 5000), printf('school-%02d', i % {SCHOOLS}), NULL,
  'Student record viewed', '198.51.100.7', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0',
  'FERPA_A1_SCHOOL_OFFICIAL', '{{"filters": ["event", "words"], "rows": 50}}',
  printf('["01a20b7b-bbbb-7287-a517-%012d"]', i % 5000),
  datetime('2024-01-01', '+' || (i / {SCHOOLS} * 86400 / {A_DAY}) || ' seconds')
FROM n
"""  # noqa: S608 - numbers of ours


def bare(folder: Path) -> int:
    """Read every row and take one hash of each."""
    rows = 0
    with sqlite3.connect(folder / "warehouse.sqlite3") as connection:
        for row in connection.execute('SELECT * FROM "compliance.audit_log" ORDER BY school_id, event_timestamp, id'):
            hashlib.sha256(json.dumps(row).encode()).digest()
            rows += 1
    return rows


def seal(folder: Path) -> int:
    """Let a whole round of sealing run, as the worker does."""
    from audit.models import SealedRow
    from audit.proof.steps import start_sealing
    from classwaves_admin.jobs import running
    from classwaves_admin.lib import clock
    from classwaves_admin.lib.actor import system

    job = start_sealing(by=system("bench"), now=clock.now())
    while job is not None and running.run(job.pk):
        pass
    return SealedRow.objects.count()


def verify(folder: Path) -> int:
    """Verify chains and rows of every school; raise RuntimeError for a finding."""
    from audit.models import Chain
    from audit.proof.chains import check_chain
    from audit.proof.checking import check_day, days_to_check
    from audit.proof.keys import public_keys

    rows = 0
    for chain in Chain.objects.all():
        findings = list(check_chain(chain.pk, public_keys()))
        for day in days_to_check(chain.pk):
            result = check_day(chain.pk, day, looked_at=chain.looked_at)
            rows, findings = rows + result.rows, findings + result.findings
        if findings:
            raise RuntimeError("The bench's own log has findings.")
    return rows


def pack(folder: Path) -> int:
    """Write the proof of every row into a folder, beside the rows."""
    from audit.proof.pack import into_folder, sign_proof, write_proof
    from audit.proof.verifier import COLUMNS
    from classwaves_admin.lib import clock
    from classwaves_admin.warehouse.models import AuditLog

    rows = AuditLog.objects.order_by("event_timestamp", "id")
    into, path = into_folder(folder / "pack"), folder / "pack" / "rows.jsonl"
    part = write_proof(rows.values_list("pk", flat=True).iterator(), rows_file=path.name, into=into)
    with path.open("w", encoding="utf-8") as file:
        for values in rows.values_list(*COLUMNS).iterator():
            file.write(json.dumps(dict(zip(COLUMNS, values, strict=True)), default=str) + "\n")
    with path.open("rb") as written:
        sums = {path.name: hashlib.file_digest(written, "sha256").hexdigest()}
    sign_proof(part, files=sums, into=into, now=clock.now())
    return part.sealed + part.unsealed


def check(folder: Path) -> int:
    """Run the pack's verifier; raise RuntimeError for a finding."""
    from audit.proof.verifier import check_pack

    result = check_pack(folder / "pack")
    if result.findings:
        raise RuntimeError("The bench's own pack has findings.")
    return result.proved + result.unsealed


STEPS: dict[str, Callable[[Path], int]] = {"bare": bare, "seal": seal, "verify": verify, "pack": pack, "check": check}


def one_run(name: str, folder: Path) -> dict[str, float]:
    """Do one step on the databases of the folder; return rows, seconds of the processor and the peak of memory."""
    import django

    django.setup()
    from classwaves_admin.tenancy.scope import system_scope

    with system_scope(reason="bench"):
        began = time.process_time()
        rows = STEPS[name](folder)
        seconds = time.process_time() - began
    return {"rows": rows, "seconds": seconds, "megabytes": peak_megabytes()}


def _environment(folder: Path) -> dict[str, str]:
    return os.environ | {
        "ENV_FILE": os.devnull,
        "CLASSWAVES_ENV": "test",
        "DJANGO_SETTINGS_MODULE": "classwaves_admin.settings",
        "SECRET_KEY": "made-up-for-benches-" + "s" * 40,
        "TOKEN_KEY": "made-up-for-benches-" + "t" * 40,
        "AUDIT_SEAL_KEY": "bWFkZS11cC1mb3ItYmVuY2hlcy1iYmJiYmJiYmJiYmI=",
        "BROKER_URL": "memory://localhost",
        "LOG_LEVEL": "ERROR",
        "VAR_DIR": str(folder),
        "DATABASE_URL": f"sqlite:///{folder}/portal.sqlite3",
        "WAREHOUSE_URL": f"sqlite:///{folder}/warehouse.sqlite3",
    }


def _run(name: str, folder: Path) -> dict[str, float]:
    command = [str(PYTHON), "-m", "tools.bench.proof", name, str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=_environment(folder), check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _log(folder: Path, rows: int) -> None:
    """Migrate both databases in the folder and write the log."""
    folder.mkdir()
    for database in ("default", "warehouse"):
        command = [str(PYTHON), "manage.py", "migrate", "-v0", "--database", database]
        subprocess.run(command, cwd=ROOT, env=_environment(folder), check=True)
    with sqlite3.connect(folder / "warehouse.sqlite3") as connection:
        connection.execute(ROWS, [rows])


def measure() -> list[Figure]:
    """Return rows a second of each step next to the bare loop, and the peaks of memory for both sizes."""
    with tempfile.TemporaryDirectory() as place:
        here = Path(place)
        _log(here / "plain", SMALL)
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in STEPS}
        for number in range(ROUNDS):
            shutil.copytree(here / "plain", here / f"round{number}")
            for name in STEPS:
                runs[name].append(_run(name, here / f"round{number}"))
        _log(here / "large", LARGE)
        large = {name: _run(name, here / "large") for name in STEPS}
    speed = {name: median(one["rows"] / one["seconds"] for one in found) for name, found in runs.items()}
    words = {"seal": "sealing", "verify": "verifying", "pack": "writing a pack", "check": "a pack's verifier"}
    figures = [Figure(f"{word}, {SMALL:,} rows", speed[name], "rows/s", speed["bare"]) for name, word in words.items()]
    figures += [
        Figure(f"{word}, {LARGE:,} rows", large[name]["rows"] / large[name]["seconds"], "rows/s", speed[name])
        for name, word in words.items()
    ]
    for name, word in words.items():
        peak = median(one["megabytes"] for one in runs[name])
        figures.append(
            Figure(f"peak of {word} at {LARGE:,} rows", large[name]["megabytes"], "MB", peak, FLAT, better="lower")
        )
    return figures


def main() -> None:
    """Measure and keep the figures."""
    say("Proof of the audit log, on SQLite, next to one SHA-256 a row:")
    write("proof", shown(measure()))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(one_run(sys.argv[1], Path(sys.argv[2]))))
    else:
        main()
