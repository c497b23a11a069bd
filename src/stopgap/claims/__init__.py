"""What was said: drafts of claims from texts, claims, and their verdicts."""
