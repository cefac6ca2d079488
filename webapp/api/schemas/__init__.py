"""What operations take and give, and how rows become it."""
