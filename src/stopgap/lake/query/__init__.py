"""Read-only SQL over the lake, in a process of its own with limits."""
