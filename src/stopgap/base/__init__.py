"""Code that every layer uses and that knows nothing of trade: errors, settings, SQL text, atomic files, logs."""
