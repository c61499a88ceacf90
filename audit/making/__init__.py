"""Makes files in the background and hands them over: asked for, made, kept for some days, downloaded, deleted."""
