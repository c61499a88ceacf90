"""The profile of a school: its row of `users.schools`, and what it has signed."""
