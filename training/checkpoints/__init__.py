"""Checkpoints: sealed by a manifest that is written last, verified by it before they are used."""
