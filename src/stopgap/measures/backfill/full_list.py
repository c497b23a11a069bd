"""Figures of codes that moved at a change of revision, and of the full list with them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable

from stopgap.measures.backfill.gross import Cell
from stopgap.measures.backfill.results import Coverage, FullList, UnstableCodeResult
from stopgap.panel.silence import some_of
from stopgap.panel.unstable_goods import Unstable

CODES_NAMED = 12


def unstable_codes(unstable: Unstable, cells: Iterable[Cell]) -> tuple[UnstableCodeResult, ...]:
    """Return a row for each unstable code of the panel, with its dollars in the ``cells`` of the full list."""
    before: dict[str, list[float]] = {}
    after: dict[str, list[float]] = {}
    for cell in cells:
        before.setdefault(cell.good, []).append(cell.baseline_usd)
        after.setdefault(cell.good, []).append(cell.after_usd)
    return tuple(
        UnstableCodeResult(
            code=each.good,
            from_revision=each.from_revision,
            to_revision=each.to_revision,
            reason=each.reason,
            move=each.move,
            by=each.by,
            baseline_usd=math.fsum(before.get(each.good, ())),
            after_usd=math.fsum(after.get(each.good, ())),
        )
        for each in (*unstable.goods, *unstable.holders)
    )


def full_list(cells: Collection[Cell], members: Collection[str], codes: Collection[UnstableCodeResult]) -> FullList:
    """Sum the ``cells`` of the full list: the coalition's loss, and the gains of all others."""
    inside = [cell for cell in cells if cell.supplier in members]
    baseline = math.fsum(cell.baseline_usd for cell in inside)
    after = math.fsum(cell.after_usd for cell in inside)
    loss = math.fsum(part for cell in inside for part in (cell.baseline_usd, -cell.after_usd))
    outside = [cell for cell in cells if cell.supplier not in members]
    gain = math.fsum(part for cell in outside for part in (cell.after_usd, -cell.baseline_usd)) if outside else None
    return FullList(
        baseline_usd=baseline,
        after_usd=after,
        loss_usd=loss,
        loss_share=loss / baseline if baseline > 0 else None,
        gain_usd=gain,
        gross_ratio=gain / loss if gain is not None and loss > 0 else None,
        because=because(codes),
    )


def because(codes: Collection[UnstableCodeResult]) -> str:
    """Return one sentence on why codes are out of the headline, with the reason of the largest."""
    first = max(codes, key=lambda code: (max(code.baseline_usd, code.after_usd), code.code))
    names = some_of(sorted(code.code for code in codes), CODES_NAMED)
    are = "is" if len(codes) == 1 else "are"
    lead = "" if len(codes) == 1 else f"{first.code}, the largest: "
    return f"{names} {are} left out of both windows, because goods moved between codes ({lead}{first.reason})"


def unstable_warnings(coverage: Coverage) -> list[str]:
    """Return the sentences of a finding on codes that moved, or that could not be checked."""
    found = []
    if coverage.unstable_codes and coverage.unstable_kept is None:
        found.append(f"{because(coverage.unstable_codes)}; the full list stands beside")
    elif coverage.unstable_codes:
        names = some_of(sorted(code.code for code in coverage.unstable_codes), CODES_NAMED)
        text = f"goods moved between codes within the windows ({names}), and the figures hold them"
        found.append(f"{text}: {coverage.unstable_kept}")
    if coverage.unstable_unchecked:
        text = "a revision changed between the windows, and whether codes moved could not be checked by figures"
        found.append(f"{text}: {coverage.unstable_unchecked}")
    return found
