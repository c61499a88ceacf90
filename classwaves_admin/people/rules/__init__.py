"""What may be changed about a person, by whom. Pure."""
