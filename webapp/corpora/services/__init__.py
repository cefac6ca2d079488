"""What can be done with corpora: one file a verb."""
