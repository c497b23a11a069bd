"""First page: the episodes, and what the lake holds."""
