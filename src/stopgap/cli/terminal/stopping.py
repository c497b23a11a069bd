"""What a command that is stopped by hand says, and its exit code."""

from __future__ import annotations

STOPPED = 130  # what shells expect of a program that was interrupted
STOPPED_LINE = "stopped; the lake holds what was reported as done"
