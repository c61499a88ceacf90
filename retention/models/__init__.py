"""What retention keeps in the portal's own database."""

from retention.models.changes import ChangeState, PolicyChange

__all__ = ["ChangeState", "PolicyChange"]
