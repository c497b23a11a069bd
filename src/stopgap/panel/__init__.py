"""The panel: episodes, windows, which figures a measure takes, trade by supplier and good."""
