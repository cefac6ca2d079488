"""What staff may do to an account, one verb a file."""
