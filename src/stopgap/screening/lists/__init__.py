"""The lists in the lake: which, how old, who is on them, what changed."""
