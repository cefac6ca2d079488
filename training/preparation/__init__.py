"""A corpus becomes a better one, stage by stage, and nothing disappears without a reason."""
