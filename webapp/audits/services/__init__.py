"""What can be done with audits: one file a verb."""
