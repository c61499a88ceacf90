"""What pages of the inventory read."""
