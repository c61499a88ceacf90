"""The forms of retention."""
