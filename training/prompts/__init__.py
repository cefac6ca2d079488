"""Prompts: from a position of a document to a task the policy can be given."""
