"""Supervised training, of which next-token training, cold starts and instruction tuning are made."""
