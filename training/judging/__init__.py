"""The generative reward model: who says whether a predicted segment is right (METHODS B4, B5)."""
