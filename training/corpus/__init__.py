"""A corpus file becomes documents, each byte of it accounted for in a report."""
