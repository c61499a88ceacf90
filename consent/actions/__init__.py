"""What people and jobs do with consent. Each action is the one door for its writes and audits itself."""
