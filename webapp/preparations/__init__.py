"""Preparations: a corpus made of another one, with everything that was dropped or changed and why."""
