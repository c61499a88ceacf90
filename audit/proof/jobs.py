"""The jobs of the proof: sealing the log, and verifying it for a person who asked."""

from __future__ import annotations

from classwaves_admin.jobs import kinds

SEAL, VERIFY = "audit.seal", "audit.verify"


def register() -> None:
    """Register the jobs, when Django starts."""
    kinds.register(
        SEAL, "audit.proof.steps.seal_portion", reason="rows of the log of every school", title="Sealing the log"
    )
    kinds.register(
        VERIFY, "audit.proof.verifying.verify_portion", reason="rows of one school's log", title="Verifying the log"
    )
