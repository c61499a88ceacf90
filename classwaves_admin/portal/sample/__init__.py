"""The sample district of development: invented people, the same on every machine for the same day and seed.

`data/` names, places, lessons · `plans` reads them · `dice` chance and ids · `places` district, schools,
staff · `families` children and guardians · `fates` who answers how · `ledger` consents · `classroom`,
`talk`, `measures` lessons · `history` audit · `operations` the machine room · `people` sign-ins ·
`make` puts it together · `doings` what people did through the portal's own actions · `load` writes both.
"""
