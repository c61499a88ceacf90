"""The copy of what is held of one student, for whoever asked to see it (34 CFR 99.10, 16 CFR 312.6)."""
