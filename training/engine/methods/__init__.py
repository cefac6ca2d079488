"""What is particular to each method that samples groups: one file a method, found by name in `registry`."""
