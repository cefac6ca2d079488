"""What can be done about segments: one file a verb."""
