"""Commands that measure an episode, which are methods of a lake too; what every one of them must hold is asked of them all."""

from __future__ import annotations

from stopgap.cli.app import COMMANDS

MEASURES = tuple(
    name for name, (file, _) in COMMANDS.items() if file == "measure_commands" and name not in ("demo", "brief")
)
"""Names, of commands and of methods: a new measure is among them by its row in ``cli/app.py``."""
