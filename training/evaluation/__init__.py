"""Evaluation: how often a model is right about held-out next tokens, plainly and after a thought."""
