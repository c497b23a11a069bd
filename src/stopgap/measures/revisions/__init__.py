"""Two vintages compared: which figures changed, and why."""
