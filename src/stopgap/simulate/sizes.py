"""How large a world must be to have about so many rows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from stopgap.base.errors import UsageError
from stopgap.simulate.request import SimulationRequest
from stopgap.simulate.spec import WorldSpec, world_spec
from stopgap.simulate.writing import expected_rows

LEAST_ROWS, MOST_ROWS = 2_000, 1_000_000_000
DEFAULT_ROWS = 200_000
ECONOMIES = (6, 200)
GOODS = (2, 1000)


def parse_months(text: str) -> dict[str, int]:
    """Fields of a spec from ``BEFORE+AFTER``.

    Raises:
        UsageError: Not two whole numbers.
    """
    found = re.fullmatch(r"\s*(\d{1,3})\s*\+\s*(\d{1,3})\s*", text)
    if found is None:
        raise UsageError(
            f"{text!r} is not a number of months before and after", where="--months", fix="write 36+12, or 24+6"
        )
    return {"baseline_months": int(found[1]), "after_months": int(found[2])}


def sized_spec(kind: str, seed: int, *, rows: int | None, changes: Mapping[str, Any]) -> WorldSpec:
    """A world of a kind with about so many rows: economies, goods and then months are chosen where not given.

    Args:
        kind: Kind of world.
        seed: Seed.
        rows: Rows wanted; 200,000 where neither they nor both sizes are given.
        changes: Fields of the spec that are given.

    Raises:
        UsageError: So many rows cannot be had.
    """
    is_sized = "economies" in changes and "goods" in changes
    if rows is None and is_sized:
        return world_spec(kind, seed, **changes)
    wanted = DEFAULT_ROWS if rows is None else rows
    if not LEAST_ROWS <= wanted <= MOST_ROWS:
        raise UsageError(
            f"a world of {wanted:,} rows cannot be made",
            where="--rows",
            fix=f"ask for {LEAST_ROWS:,} to {MOST_ROWS:,} rows",
        )

    def rows_of(**sizes: Any) -> int:
        return expected_rows(world_spec(kind, seed, **{**changes, **sizes}))

    sizes: dict[str, Any] = {}
    months = [] if "baseline_months" in changes else [(36, 12), (24, 12), (24, 6), (12, 6)]
    if kind == "annual" or changes.get("annual"):
        months = [pair for pair in months if pair[1] % 12 == 0]
    least = {"economies": ECONOMIES[0], "goods": GOODS[0]}
    least = {name: size for name, size in least.items() if name not in changes}
    # Fewer months only where the smallest world of many would be too large.
    for before, after in months:
        sizes = {"baseline_months": before, "after_months": after}
        if rows_of(**least, **sizes) <= wanted:
            break
    if "economies" not in changes:
        # Goods are half as many as economies, where both are free.
        found = ECONOMIES[0]
        while found < ECONOMIES[1]:
            goods = changes.get("goods", max(2 * GOODS[0], round(found * 0.5)))
            if rows_of(economies=found + 1, goods=goods, **sizes) > wanted:
                break
            found += 1
        sizes["economies"] = found
    if "goods" not in changes:
        one = rows_of(goods=100, **sizes) / 100
        sizes["goods"] = min(GOODS[1], max(GOODS[0], round(wanted / one)))
    spec = world_spec(kind, seed, **{**changes, **sizes})
    if not 0.5 * wanted <= expected_rows(spec) <= 2 * wanted:
        raise UsageError(
            f"with the sizes given a world has about {expected_rows(spec):,} rows, not {wanted:,}",
            where="--rows",
            fix="leave --economies, --goods or --months out, or ask for another number of rows",
        )
    return spec


def asked_spec(request: SimulationRequest) -> WorldSpec:
    """The world that a request asks for.

    Raises:
        UsageError: Sizes that no world can have.
    """
    changes = {
        "economies": request.economies,
        "goods": request.goods,
        "loss_share": request.loss_share,
        "backfill_ratio": request.backfill_ratio,
        "routing_share": request.routing_share,
        **(parse_months(request.months) if request.months is not None else {}),
    }
    given = {name: value for name, value in changes.items() if value is not None}
    return sized_spec(str(request.kind), request.seed, rows=request.rows, changes=given)
