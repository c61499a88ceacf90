"""What the list of jobs says in words: why one stopped, and how the state of another service's job looks."""

from __future__ import annotations

__all__ = ["failure_words", "job_tone"]

# Codes that steps give (`CannotGoOn`), and classes of errors that come from outside.
_FAILURES = {
    "notice_incomplete": "The notice has blanks by now",
    "school_gone": "The school is not in the catalog any more",
    "catalog_away": "Waits for the catalog",
    "UnknownKind": "Waits for a worker that knows this kind of job",
    "OperationalError": "A database did not answer",
    "DatabaseError": "A database refused",
    "InterfaceError": "The connection to a database was lost",
    "TimeoutError": "Something took too long",
    "ConnectionError": "Something could not be reached",
    "MemoryError": "The machine has too little memory",
    "PermissionError": "A file could not be opened",
    "FileNotFoundError": "A file is missing",
}
_TONES = {
    "good": {"completed", "complete", "done", "success", "succeeded", "finished"},
    "bad": {"failed", "error", "dead", "timeout"},
    "info": {"running", "started", "in_progress", "processing"},
    "wait": {"pending", "queued", "scheduled", "retrying", "paused"},
}


def failure_words(code: str) -> str:
    """Return why a job stopped; a code that has no words is told as it is."""
    return _FAILURES.get(code) or f"Stopped with {code}"


def job_tone(status: str) -> str:
    """Return the tone in which a state is shown that another service wrote."""
    return next((tone for tone, words in _TONES.items() if status.strip().casefold() in words), "neutral")
