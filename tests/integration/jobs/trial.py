"""A kind of job for tests that counts into a file: one line a portion, then a pause in the middle of the portion."""

from __future__ import annotations

import os
import time
from datetime import datetime
from pathlib import Path

from classwaves_admin.jobs.kinds import Progress
from classwaves_admin.jobs.models import Job

KIND = "trial.count"
TOTAL = 6


def counting(*, job: Job, now: datetime) -> Progress:
    """Write the next number that is not in the file yet; the file's name is the subject's id."""
    path = Path(job.subject_id)
    written = path.read_text(encoding="utf-8").split() if path.exists() else []
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{len(written)}\n")
    time.sleep(float(os.environ.get("TRIAL_SLEEP", "0")))
    return Progress(len(written) + 1, TOTAL, finished=len(written) + 1 >= TOTAL)
