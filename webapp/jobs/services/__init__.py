"""What can be done with a job, one verb a file."""
