"""Cold start: teach a small model the form of an answer, so that GRPO has rewards to learn from."""
