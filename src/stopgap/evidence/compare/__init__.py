"""Two packs compared: where figures differ, and why."""
