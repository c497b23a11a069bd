"""Figures of codes that moved at a change of revision, and of the full list with them."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np

from stopgap.base.notes import Effect, Note, as_note
from stopgap.measures.backfill.gross import GrossCells
from stopgap.measures.backfill.results import Coverage, FullList, UnstableCodeResult
from stopgap.panel.unstable_goods import Unstable, UnstableGood, moved_sentence


def unstable_codes(unstable: Unstable, cells: GrossCells) -> tuple[UnstableCodeResult, ...]:
    """Return a row for each unstable code of the panel, with its dollars in the ``cells`` of the full list.

    Ordinary goods that moved by the figures follow, without dollars: they are no controls.
    """
    named = {each.good for each in (*unstable.goods, *unstable.holders)}
    of_good = {good: cells.good.at == at for at, good in enumerate(cells.good.names) if good in named}
    before, after = (
        {good: math.fsum(column[use].tolist()) for good, use in of_good.items()}
        for column in (cells.baseline_usd, cells.after_usd)
    )

    def row(each: UnstableGood, *, is_ordinary: bool) -> UnstableCodeResult:
        return UnstableCodeResult(
            code=each.good,
            from_revision=each.from_revision,
            to_revision=each.to_revision,
            reason=each.reason,
            move=each.move,
            by=each.by,
            baseline_usd=None if is_ordinary else before.get(each.good, 0.0),
            after_usd=None if is_ordinary else after.get(each.good, 0.0),
            is_ordinary=is_ordinary,
        )

    of_panel = (row(each, is_ordinary=False) for each in (*unstable.goods, *unstable.holders))
    return (*of_panel, *(row(each, is_ordinary=True) for each in unstable.others))


def full_list(cells: GrossCells, members: Collection[str], said: str) -> FullList:
    """Sum the ``cells`` of the full list: the coalition's loss, and the gains of all others; ``said`` says why."""
    is_member = cells.supplier.is_in(members)
    sold = [(cells.baseline_usd[use], cells.after_usd[use]) for use in (is_member, ~is_member)]
    (members_before, members_after), (others_before, others_after) = sold
    baseline, after = math.fsum(members_before.tolist()), math.fsum(members_after.tolist())
    loss = math.fsum(np.concatenate([members_before, -members_after]).tolist())
    gain = math.fsum(np.concatenate([others_after, -others_before]).tolist()) if others_after.size else None
    return FullList(
        baseline_usd=baseline,
        after_usd=after,
        loss_usd=loss,
        loss_share=loss / baseline if baseline > 0 else None,
        gain_usd=gain,
        gross_ratio=gain / loss if gain is not None and loss > 0 else None,
        because=said,
    )


def because(unstable: Unstable, codes: Collection[UnstableCodeResult], kept: str | None = None) -> str:
    """Return one sentence on the codes that moved, with the reason of the largest; empty without any."""
    measured = [code for code in codes if not code.is_ordinary]
    largest = max(
        measured, key=lambda code: (max(code.baseline_usd or 0.0, code.after_usd or 0.0), code.code), default=None
    )
    goods = (*unstable.goods, *unstable.holders)
    first = next((each for each in goods if largest is not None and each.good == largest.code), None)
    return moved_sentence(unstable, kept, first) or ""


def unstable_warnings(coverage: Coverage, said: str, moved_share: float | None = None) -> list[str]:
    """Return the notes of a finding on codes that moved (``said``), or that could not be checked.

    ``moved_share`` is the part of the full list's loss that the codes left out hold; ``None`` if it is not known.
    """
    found: list[str] = []
    if said:
        note = as_note(said, Effect.MODEL)
        if coverage.unstable_kept is None:
            note = Note(f"{note}; the full list stands beside", Effect.MODEL, share=moved_share, short=note.short)
        found.append(note)
    if coverage.unstable_unchecked:
        text = "a revision changed between the windows, and whether codes moved could not be checked by figures"
        found.append(Note(f"{text}: {coverage.unstable_unchecked}", Effect.MODEL))
    return found
