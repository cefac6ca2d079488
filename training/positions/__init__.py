"""Token positions: scored by a proxy model, kept in a table, selected by entropy."""
