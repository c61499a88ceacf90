"""Takes rosters into the catalog and the portal's memory of guardians, and takes them back.

`reading` file to stage · `checks`, `losses` what a person must decide · `parts` the plan, from `orgs`, `staff`,
`families`, `students` · `changes`, `tables` what differs and is written · `rehearsal`, `applying`, `undoing` what
is done with the plan · `actions`, `steps` the doors of pages and jobs · `command` the one of the terminal ·
`identity` stable ids · `kinship` vendors' words · `tally` counts.
"""
