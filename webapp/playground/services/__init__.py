"""What can be done on the page Try it: one file a verb."""
