"""What the law and the schools' own policies say about how long data stay: plain data in, decision out."""
