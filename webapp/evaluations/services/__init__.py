"""What can be done about evaluations: one file a verb."""
