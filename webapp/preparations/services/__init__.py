"""What can be done about preparations: one file a verb."""
