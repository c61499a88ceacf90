"""What people and jobs do to policies, each with its audit event."""
