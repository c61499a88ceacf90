"""What retention keeps in the portal's own database."""

from retention.models.changes import ChangeState, PolicyChange
from retention.models.holds import LegalHold
from retention.models.requests import RightsRequest

__all__ = ["ChangeState", "LegalHold", "PolicyChange", "RightsRequest"]
