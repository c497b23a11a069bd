"""Operation: health, metrics, logs."""
