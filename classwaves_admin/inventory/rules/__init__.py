"""What the inventory decides: plain data in, decisions out."""
