"""What can be done with a run, one verb a file."""
