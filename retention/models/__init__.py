"""What retention keeps in the portal's own database."""

from retention.models.changes import ChangeState, PolicyChange
from retention.models.holds import LegalHold
from retention.models.requests import RightsRequest
from retention.models.runs import Leftover, Run, RunKind, RunState, Segment, SegmentState

__all__ = [
    "ChangeState",
    "Leftover",
    "LegalHold",
    "PolicyChange",
    "RightsRequest",
    "Run",
    "RunKind",
    "RunState",
    "Segment",
    "SegmentState",
]
