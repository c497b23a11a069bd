"""Claims: drafts from texts, the register, and tests against the figures."""
