"""Segments of a corpus: how it is cut, and boundaries that a person sets instead."""
