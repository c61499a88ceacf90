"""The portal's own memory of what is made from the log, of its seals and of searches, in `default`."""

from audit.models.made import MadeFile, Making
from audit.models.salts import ErasedRow, SealedRow
from audit.models.seals import Chain, Seal
from audit.models.searches import SavedSearch
from audit.models.unusual import UnusualDay
from audit.models.verifications import Verification

__all__ = ["Chain", "ErasedRow", "MadeFile", "Making", "SavedSearch", "Seal", "SealedRow", "UnusualDay", "Verification"]
