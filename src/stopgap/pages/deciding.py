"""What a person decides on a page, by mouse or by key: the choices, the reason, and what was decided before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stopgap.pages.views import TableColumn, TableView, text_cells


@dataclass(frozen=True)
class DecisionChoice:
    """One decision that may be taken.

    Attributes:
        value: As the request has it.
        text: As the button says it.
        key: Key that presses it.
        help: What it means.
    """

    value: str
    text: str
    key: str
    help: str


@dataclass(frozen=True)
class DecisionBlock:
    """What was decided on one match or alert, and the form for a further decision.

    Attributes:
        key: Name on the page.
        action: Path that the form is sent to.
        subject: What is decided on, for those who hear the page.
        choices: Decisions that may be taken.
        hidden: Further fields of the form; one that stands several times has several values.
        status: What stands now, in a sentence.
        tag: Kind of the label of the status.
        history: Decisions so far, oldest first.
        changes: What has changed of the subject since; empty without.
        note: What a decision is on.
    """

    key: str
    action: str
    subject: str
    choices: tuple[DecisionChoice, ...]
    hidden: tuple[tuple[str, str], ...]
    status: str
    tag: str
    history: TableView
    changes: tuple[str, ...] = ()
    note: str = ""


def history_table(key: str, rows: Sequence[Sequence[str]], more: Sequence[str] = ()) -> TableView:
    """Return decisions as a table: when, who, decision, reason, and further columns.

    Args:
        key: Name on the page.
        rows: Cells.
        more: Headings of further columns.
    """
    columns = tuple(map(TableColumn, ("When (UTC)", "Who", "Decision", "Reason", *more)))
    caption = "Decisions so far, oldest first; they are kept for ever"
    return TableView(f"history-{key}", caption, columns, tuple(map(text_cells, rows)), empty="Nobody has decided yet.")


def moment_words(when: str) -> str:
    """Return a moment in UTC as pages show it: ``2026-07-01 12:00``."""
    return when[:16].replace("T", " ")
