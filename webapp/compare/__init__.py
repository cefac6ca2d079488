"""Several runs side by side: curves, settings that differ, scores, contexts. Reads what others wrote, keeps nothing."""
