"""Table of registered claims about an episode, with their verdicts."""

from __future__ import annotations

from stopgap.briefs.claims.words import day_name, verdict_words
from stopgap.briefs.formats.cells import BriefTable, Column
from stopgap.briefs.formats.text import one_line
from stopgap.briefs.model import BriefModel, StatementNote
from stopgap.briefs.parts import Section
from stopgap.claims.claim import Stance
from stopgap.claims.testing.results import Verdict


def statements_section(model: BriefModel) -> Section | None:
    """The section of the statements; ``None`` where none was tested on the episode."""
    if not model.statements:
        return None
    count = len(model.statements)
    text = (
        f"{'One statement' if count == 1 else f'{count} statements'} of the register, each as last held against the lake’s "
        "figures, on goods, period and threshold of its own: the shares are not those of the headline. "
        "stopgap claims test ID --output FILE.html makes the page of one."
    )
    return Section("statements", "What was said", (text,), None, (statements_table(model),))


def statements_table(model: BriefModel) -> BriefTable:
    """The statements, the earliest first; those of a day in the order of the register."""
    rows = sorted(model.statements, key=lambda row: row.said_on)
    return BriefTable(
        "statements",
        "Statements and verdicts",
        (
            Column("Statement"),
            Column("Said by, on"),
            Column("Verdict"),
            Column("Why"),
            Column("Coverage", "share"),
            Column("Vintage", "code"),
            Column("ID", "code"),
        ),
        tuple(_row(row) for row in rows),
        note="A statement that cannot be tested is neither borne out nor refuted. A denial is borne out where what it denies is not.",
    )


def _row(row: StatementNote) -> tuple[str | float | None, ...]:
    return (
        one_line(row.title),
        f"{one_line(row.said_by)}, {day_name(row.said_on)}",
        verdict_words(Stance(row.stance), Verdict(row.verdict)),
        one_line(row.because),
        row.coverage,
        one_line(row.as_of),
        row.claim_id,
    )
