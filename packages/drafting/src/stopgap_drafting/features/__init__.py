"""Features of the linear models."""
