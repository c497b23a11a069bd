"""Who says so: speakers of a text, and the source that each claim is attributed to."""
