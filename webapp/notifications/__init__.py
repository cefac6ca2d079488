"""Tells people what became of their runs: in the page, by e-mail, and by signed webhooks."""
