"""The workshop: set-up and start of the portal, with nothing but Python's standard library."""
