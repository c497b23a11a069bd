"""Other answers to "what would have been sold anyway", side by side."""
