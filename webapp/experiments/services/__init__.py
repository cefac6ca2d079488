"""What can be done with experiments: one file a verb."""
