"""Two people at one record: the second must see what the first has done before deciding."""

from __future__ import annotations


class ChangedMeanwhile(Exception):
    """Somebody else has changed what the person saw. Nothing was written."""
