"""Compare two packs, given as files (verified first) or received packs; findings of the same subject are paired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from stopgap.base.errors import NotFoundError
from stopgap.base.marking import strictest
from stopgap.base.paths import is_path_text, no_file
from stopgap.evidence.compare.causes import (
    Sided,
    episode_of,
    goods_cause,
    method_cause,
    receipts_of,
    redaction_cause,
    vintage_cause,
)
from stopgap.evidence.compare.effects import effects_between
from stopgap.evidence.compare.inputs import Behind, RowsOf
from stopgap.evidence.compare.numbers import NumberDifference, differing_numbers, unit_of
from stopgap.evidence.compare.results import Comparison, PackLabel, Pair, Unpaired, rows_cause
from stopgap.evidence.compare.rows import RowsCompared, compare_rows
from stopgap.evidence.compare.verdicts import compare_alerts, compare_verdicts
from stopgap.evidence.packs.receive import show_received
from stopgap.evidence.packs.verify import Trust, verify_pack
from stopgap.evidence.packs.view import PackView

_RECEIVED = "one of those that stopgap pack received lists"

PAIRED_BY = ("episode", "target", "direction", "goods", "report", "frequency", "route")
"""Fields in which two findings must agree to be paired."""


def compare(lake: Path, one: str, other: str, trust: Trust, *, on: str) -> Comparison:
    """Compare two packs: their differences and the causes of these.

    ``one`` and ``other`` are paths of packs, or name a received pack by its name, the name under which it was received,
    or the first digits of its SHA-256. Signers' keys must be valid on the day ``on``; received packs were verified on
    receipt.

    Raises:
        RefusedError: A check of a pack fails.
        NotFoundError: There is no such pack.
        UsageError: Several received packs match the name.
        InputError: A file is not a pack, or is damaged.
    """
    return compare_packs(*(pack_to_compare(lake, each, trust, on=on) for each in (one, other)))


def pack_to_compare(lake: Path, wanted: str, trust: Trust, *, on: str) -> PackView:
    """Open a pack to compare: a file, which is verified, or else a received pack."""
    path = Path(wanted)
    if path.exists():
        return verify_pack(path, trust, on=on, reads_data=True).view()
    try:
        return show_received(lake, wanted).view
    except NotFoundError as error:
        if is_path_text(wanted):
            raise no_file(path, "a pack", fix=f"or {_RECEIVED}", suffixes=(".zip",)) from error
        raise NotFoundError(
            f"there is no file and no received pack {wanted[:120]!r}",
            where="PACK",
            fix=f"give the path of a pack, or {_RECEIVED}",
        ) from error


def compare_packs(one: PackView, other: PackView) -> Comparison:
    """Compare two verified packs: their differences (``other`` minus ``one``) and the causes of these.

    Both must have been verified: their SQL statements are run over their rows, in memory and without file access.
    Raises InputError if a document does not have the format of its place, NotFoundError if a file is missing.
    """
    rows = RowsOf(one), RowsOf(other)
    paired, only_one, only_other = _paired(_findings(one), _findings(other))
    return Comparison(
        one=_label(one),
        other=_label(other),
        marking=strictest([one.marking, other.marking]),
        same_bytes=sorted(one.names) == sorted(other.names)
        and all(one.read(name) == other.read(name) for name in one.names),
        pairs=tuple(_pair(first, second, *rows) for first, second in paired),
        only_one=tuple(map(_unpaired, only_one)),
        only_other=tuple(map(_unpaired, only_other)),
        verdicts=tuple(compare_verdicts(one, other)),
        alerts=tuple(compare_alerts(one, other)),
        redaction=redaction_cause(one, other),
    )


def _label(view: PackView) -> PackLabel:
    as_of, made_at = str(view.evidence["as_of"]), str(view.evidence["made_at"])
    return PackLabel(view.name, *view.signer, as_of, made_at, view.marking)


def _findings(view: PackView) -> list[Sided]:
    return [Sided(view, item, view.document(item)) for item in view.items("finding", "extract")]


def _key(side: Sided) -> tuple[str, ...]:
    return tuple(str(side.finding[name]) for name in PAIRED_BY)


def _paired(one: list[Sided], other: list[Sided]) -> tuple[list[tuple[Sided, Sided]], list[Sided], list[Sided]]:
    """Pair the findings of two packs; return the pairs, and the unpaired findings of each pack.

    Findings are paired by :data:`PAIRED_BY`; of several candidates, those with the same windows first.
    """
    left = list(other)
    pairs: list[tuple[Sided, Sided]] = []
    alone = []
    windows = {id(side): side.finding["windows"] for side in (*one, *other)}
    for side in sorted(one, key=lambda side: not any(_fits(side, each, windows) for each in other)):
        fitting = [each for each in left if _key(each) == _key(side)]
        match = next((each for each in fitting if _fits(side, each, windows)), next(iter(fitting), None))
        if match is None:
            alone.append(side)
        else:
            left.remove(match)
            pairs.append((side, match))
    pairs.sort(key=lambda pair: (_key(pair[0]), pair[0].item["id"]))
    return pairs, alone, left


def _fits(one: Sided, other: Sided, windows: Mapping[int, Any]) -> bool:
    return _key(one) == _key(other) and windows[id(one)] == windows[id(other)]


def _id(side: Sided) -> str:
    """Return the id of a finding; for an extract, which does not disclose its finding's id, its own id."""
    return str(side.finding.get("finding_id") or side.item["id"])


def _unpaired(side: Sided) -> Unpaired:
    return Unpaired(_id(side), side.item["kind"], dict(zip(PAIRED_BY, _key(side), strict=True)))


def _pair(one: Sided, other: Sided, one_rows: RowsOf, other_rows: RowsOf) -> Pair:
    numbers, compared = differing_numbers(one.finding, other.finding)
    goods, one_codes, other_codes = goods_cause(one, other)
    cannot: list[str] = []
    rows: RowsCompared | None = None
    effects: Mapping[str, Mapping[str, float]] = {}
    first, second = behind = one_rows.behind(one.finding, one_codes), other_rows.behind(other.finding, other_codes)
    if isinstance(first, Behind) and isinstance(second, Behind):
        found = compare_rows(first, second)
        if isinstance(found, str):
            cannot.append(f"rows cannot be compared: {found}")
        else:
            rows = found
            parts = effects_between(first, second) if numbers else {}
            if isinstance(parts, str):
                cannot.append(f"how much each cause makes cannot be told: {parts}")
            else:
                effects = parts
    else:
        sides = zip(("ONE", "OTHER"), behind, strict=True)
        cannot += [f"rows cannot be compared: of {side}, {why}" for side, why in sides if isinstance(why, str)]
    cannot += _unknown(one, other)
    differences = tuple(
        NumberDifference(name, unit_of(name), first_value, other_value, effects.get(name, {}))
        for name, first_value, other_value in numbers
    )
    by_rows = None if rows is None else rows_cause(rows)
    causes = (goods, method_cause(one, other), vintage_cause(one, other), by_rows)
    return Pair(
        named=dict(zip(PAIRED_BY, _key(one), strict=True)),
        one_id=_id(one),
        other_id=_id(other),
        marking=strictest([one.view.marking, other.view.marking]),
        compared=compared,
        numbers=differences,
        causes=tuple(cause for cause in causes if cause is not None),
        rows=rows,
        cannot=tuple(cannot),
    )


def _unknown(one: Sided, other: Sided) -> Iterable[str]:
    """Yield which causes cannot be checked since a pack lacks receipts or the episode file, one sentence each."""
    for name, side in (("ONE", one), ("OTHER", other)):
        if not receipts_of(side):
            yield f"vintages cannot be compared: {name} does not say which files the finding rests on"
        if episode_of(side.view) is None:
            yield f"the method cannot be compared in full: the episode file is not in {name}"
