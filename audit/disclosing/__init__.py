"""Disclosures that the office records by hand or from a table: entered, corrected by a later entry, never edited."""
