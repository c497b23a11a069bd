"""What every layer uses and what knows nothing of trade: errors, settings, SQL text, atomic files, logs."""
