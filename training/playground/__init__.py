"""Try it: one model, kept loaded, answers what a person asks, and its thought is told as it grows."""
