"""What can be done with probes: one file a verb."""
