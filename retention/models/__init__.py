"""What retention keeps in the portal's own database."""

from retention.models.archive import ArchiveFile, ArchiveState
from retention.models.certificates import Certificate, CertificateState, Hindrance
from retention.models.changes import ChangeState, PolicyChange
from retention.models.holds import LegalHold
from retention.models.moves import SchoolMove
from retention.models.requests import RightsRequest
from retention.models.runs import Leftover, Run, RunKind, RunState, Segment, SegmentState
from retention.models.standards import DistrictStandard, StandardChange

__all__ = [
    "ArchiveFile",
    "ArchiveState",
    "Certificate",
    "CertificateState",
    "ChangeState",
    "DistrictStandard",
    "Hindrance",
    "Leftover",
    "LegalHold",
    "PolicyChange",
    "RightsRequest",
    "Run",
    "RunKind",
    "RunState",
    "SchoolMove",
    "Segment",
    "SegmentState",
    "StandardChange",
]
