"""People of a district and of ClassWaves: who may do what, who is invited, who was let in."""
