"""Keys with which other programs of a school ask the portal: one school each, scoped, revocable, rate-limited."""
