"""The portal's own memory of what is made from the log, and of its seals, in `default`."""

from audit.models.made import MadeFile, Making
from audit.models.salts import ErasedRow, SealedRow
from audit.models.seals import Chain, Seal

__all__ = ["Chain", "ErasedRow", "MadeFile", "Making", "Seal", "SealedRow"]
