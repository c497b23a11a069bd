"""Commands that measure an episode, which are methods of a lake too; what every one of them must hold is asked of them all."""

from __future__ import annotations

from typing import Any

from stopgap.base.notes import MOST_SHOWN, WIDTH, Summarised, Summary
from stopgap.cli.app import COMMANDS

MEASURES = tuple(
    name for name, (file, _) in COMMANDS.items() if file == "measure_commands" and name not in ("demo", "brief")
)
"""Names, of commands and of methods: a new measure is among them by its row in ``cli/app.py``."""

_MONTHLY = {"goods": "chpl-2024-02", "after": "2022-03:2022-11"}
ON_DEMO: dict[str, dict[str, Any]] = {"prices": {**_MONTHLY, "frequency": "M"}, "nowcast": _MONTHLY}
"""Options with which a measure has figures on the lake of the demo, where its default ones have none."""

HOUSE_WORDS = ("baseline", "after", "figures", "goods", "vintage")
"""Words of the lines on what was measured."""


def holds_notes(result: Summarised, document: dict[str, Any]) -> Summary:
    """Check that a result shows few short lines, loses no note, and says what was measured; return its summary."""
    summary = result.summary()
    shown, more = result.notes_shown(), result.notes_more()
    assert 1 <= len(shown) <= MOST_SHOWN
    assert all(len(line) <= WIDTH * 1.3 for line in shown), max(shown, key=len)
    for kind, name in (("note", "warnings"), ("assumes", "assumptions")):
        for text in document.get(name, ()):
            told = {f"{kind}: {text}", f"note: {text}"}
            assert told & {*shown, *more}, text
            assert told & set(result.lines()), text
    assert result.lines()[0] == summary.title
    return summary
