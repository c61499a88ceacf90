"""Papers of retention."""
