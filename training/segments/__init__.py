"""Segments: what next-segment reasoning predicts. Joined they are the document, byte for byte (METHODS B3)."""
