"""Evaluations: how often a model is right about held-out next tokens, of runs, checkpoints and models."""
