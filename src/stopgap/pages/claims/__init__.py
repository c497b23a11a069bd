"""Pages of statements: the register, one statement in layers, and drafts from a text."""
