"""Hooks before rows leave the catalog."""

from __future__ import annotations

import pytest

from audit.proof.disposal import MOST, note_disposal
from retention import removing
from retention.removing import before_removal


def test_the_log_is_noted_before_its_rows_go() -> None:
    """The app above registers its hook by path, for as many rows as it takes at once."""
    assert before_removal.of("compliance.audit_log") is note_disposal
    assert before_removal.of("sessions.transcriptions") is None
    assert removing.MOST <= MOST


def test_a_table_has_one_hook() -> None:
    """A second one would be forgotten silently."""
    with pytest.raises(ValueError, match="has a hook"):
        before_removal.register("compliance.audit_log", "audit.proof.disposal.note_disposal")
