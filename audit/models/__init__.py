"""The portal's own memory of what is made from the log, in `default`."""

from audit.models.made import MadeFile, Making

__all__ = ["MadeFile", "Making"]
