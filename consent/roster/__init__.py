"""Takes a OneRoster package into the catalog and the portal's memory of guardians.

`identity` stable ids · `kinship` vendors' words · `checks` what a package must hold · `orgs`, `staff`,
`students` rows of the catalog · `families` guardians · `changes` what differs · `tally` counts ·
`action` the one door.
"""

from consent.roster.action import Import, import_roster

__all__ = ["Import", "import_roster"]
