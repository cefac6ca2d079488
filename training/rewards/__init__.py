"""Rewards: what a response predicts, and what that prediction earns. Pure; no model, no I/O."""
