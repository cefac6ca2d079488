"""What each method does from an experiment to checkpoints: one file a method, a page of named calls."""
