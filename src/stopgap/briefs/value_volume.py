"""Section on value and volume: which part of a change in dollars is a change of prices, and how much has quantities.

Volume is valued at the baseline's unit values (docs/methods/prices.md, "Real backfill"). The price part shown is the rest
of the change in dollars, so that value = volume + prices + what cannot be split.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from stopgap.briefs.formats.cells import BriefTable, table_of
from stopgap.briefs.formats.text import percent, sentence_case, usd
from stopgap.briefs.model import BriefModel
from stopgap.briefs.parts import Section
from stopgap.briefs.vocabulary import (
    GROSS_CHANGE,
    coalition_of,
    is_substitution,
    name_of,
    target_of,
    told,
    windows_named,
    words_of,
)
from stopgap.briefs.wording import a_year
from stopgap.measures.backfill.real_results import RealBackfill

SHOWN = 15
"""Economies with a row of their own; the others are one row."""
_ENOUGH = 0.5
_DESCRIBED = 60  # characters of a description; the tables by good have it whole
_SLIGHT = 0.005
_MUCH = 0.25


@dataclass(frozen=True)
class VolumeRow:
    """Change in dollars a year of one economy or of several, split; ``None`` where no part has quantities.

    ``change_usd = volume_usd + price_usd + not_split_usd``. ``price_change`` is that of the goods sold after against the
    same goods at baseline prices; ``covered`` the share of both windows' trade with quantities.
    """

    name: str
    change_usd: float
    volume_usd: float | None
    price_usd: float | None
    not_split_usd: float
    price_change: float | None
    covered: float | None


@dataclass(frozen=True)
class _Part:
    """What a row is made of: trade in both windows, and its parts in the sign of the change."""

    baseline_usd: float
    after_usd: float
    change_usd: float
    volume_usd: float
    not_split_usd: float
    covered: float | None


def split_row(name: str, parts: Iterable[_Part]) -> VolumeRow:
    """Sum parts to one row; the price change follows from the covered trade of both windows."""
    found = list(parts)
    change, volume = math.fsum(p.change_usd for p in found), math.fsum(p.volume_usd for p in found)
    left, trade = math.fsum(p.not_split_usd for p in found), math.fsum(p.baseline_usd + p.after_usd for p in found)
    with_quantity = math.fsum((p.covered or 0.0) * (p.baseline_usd + p.after_usd) for p in found)
    if with_quantity <= 0:
        return VolumeRow(name, change, None, None, left, None, 0.0 if trade > 0 else None)
    split = change - left
    before, after = (with_quantity - split) / 2.0, (with_quantity + split) / 2.0
    at_baseline = before + volume
    is_priced = after > 1e-9 * with_quantity and at_baseline > 1e-9 * with_quantity
    return VolumeRow(
        name, change, volume, split - volume, left, after / at_baseline - 1.0 if is_priced else None, with_quantity / trade
    )  # fmt: skip


def others_row(model: BriefModel) -> VolumeRow | None:
    """Return the row of all suppliers (buyers) that may backfill; ``None`` where nothing is known of them."""
    parts = _parts(model)
    return split_row(f"All other {words_of(model.headline).actors}", parts.values()) if parts else None


def loss_row(model: BriefModel) -> VolumeRow | None:
    """Return the row of the trade that was lost, as a change (a loss is negative)."""
    finding = model.headline
    if finding.real is None or finding.real.loss is None:
        return None
    side, suspended = finding.real.loss, finding.suspended
    part = _Part(
        suspended.baseline_usd,
        suspended.after_usd,
        -side.change_usd,
        -side.at_baseline_prices_usd,
        -side.not_adjusted_usd,
        side.adjusted_share,
    )
    party = coalition_of(finding, model.names, model.members)
    name = sentence_case(target_of(finding, model.names)) if is_substitution(finding) else party.head
    return split_row(f"{name} (lost trade)", [part])


def _parts(model: BriefModel) -> dict[str, _Part]:
    finding, real = model.headline, model.headline.real
    known = {} if real is None else {row.supplier: row for row in real.by_supplier if not row.is_member}
    return {
        row.supplier: _Part(
            row.baseline_usd,
            row.after_usd,
            known[row.supplier].change_usd,
            known[row.supplier].at_baseline_prices_usd,
            known[row.supplier].not_adjusted_usd,
            known[row.supplier].adjusted_share,
        )
        for row in finding.suppliers
        if row.supplier in known
    }


def _more(amount: float) -> str:
    return "more" if amount >= 0 else "less"


def split_sentence(model: BriefModel) -> str:
    """Sentence on how much of the change of all others is prices; empty where no part of it has quantities."""
    row, words, year = others_row(model), words_of(model.headline), a_year(model.headline)
    if row is None or row.volume_usd is None or row.price_usd is None:
        return ""
    before, _ = windows_named(model.headline)
    change, volume, price = row.change_usd, row.volume_usd, row.price_usd
    rest = ""
    if abs(row.not_split_usd) > _SLIGHT * abs(change):
        rest = f"; {usd(row.not_split_usd)} has no quantities and cannot be split"
    if change > 0 and price >= 0 and volume >= 0:
        return (
            f"Of the {usd(change)}{year} more that other {words.actors} {words.traded}, {usd(price)} is higher prices and "
            f"{usd(volume)} is volume at the prices of {before}{rest}."
        )
    moved = "higher prices added" if price >= 0 else "lower prices took off"
    return (
        f"Other {words.actors} {words.traded} {usd(abs(change))}{year} {_more(change)} in dollars; at the prices of {before} "
        f"{usd(abs(volume))}{year} {_more(volume)}: {moved} {usd(abs(price))}{rest}."
    )


def ratio_sentence(model: BriefModel) -> str:
    """Sentence on backfill in volume against backfill in dollars over the same trade; empty without a real ratio."""
    real, lost = model.headline.real, loss_row(model)
    if real is None or lost is None or lost.volume_usd is None:
        return ""
    if real.ratio is None:
        return f"Backfill in volume is not defined: {told(real.reason or '', model.headline)}." if real.reason else ""
    before, _ = windows_named(model.headline)
    covered = lost.covered or 0.0
    some = f" ({percent(covered)} of it has quantities)" if covered < 1 - _SLIGHT else ""
    text = f"The lost trade is {usd(-lost.volume_usd)} a year at the prices of {before}{some}, "
    text += f"so backfill in volume is {percent(real.ratio)} (real ratio)"
    if real.nominal_ratio is not None:
        text += f", against {percent(real.nominal_ratio)} in dollars over the same trade"
    if real.trimmed_ratio is not None and abs(real.trimmed_ratio - real.ratio) > _MUCH * abs(real.ratio):
        text += f"; without unit values that moved more than threefold, which may be wrong units, {percent(real.trimmed_ratio)}"
    return f"{text}. Both are gross, without an interval."


def coverage_sentence(real: RealBackfill) -> str:
    """Sentence on how much of the trade has quantities in both windows."""
    share = real.share_of_value_with_quantities or 0.0
    if share <= 0:
        return (
            "No volume can be shown: 0\u00a0% of the trade has quantities in both windows, so all amounts hold prices."
        )
    if share > 1 - _SLIGHT:
        return "All of the trade has quantities in both windows."
    return (
        f"{percent(share)} of the trade, by value over both windows, has quantities; the rest is shown in dollars alone and "
        "nothing is filled in."
    )


def volume_sentence(model: BriefModel) -> str:
    """Short sentence on how much of the rise is prices; empty where under half of the others' trade has quantities."""
    row, words, year = others_row(model), words_of(model.headline), a_year(model.headline)
    if row is None or row.volume_usd is None or row.price_usd is None or (row.covered or 0.0) < _ENOUGH:
        return ""
    if row.change_usd > 0 and row.price_usd >= 0 and row.volume_usd >= 0:
        return f"Of the {usd(row.change_usd)}{year} more that other {words.actors} {words.traded}, {usd(row.price_usd)} is higher prices."
    before, _ = windows_named(model.headline)
    return f"At the prices of {before} other {words.actors} {words.traded} {usd(abs(row.volume_usd))}{year} {_more(row.volume_usd)}."


def value_volume_section(model: BriefModel) -> Section | None:
    """Section with the split of the change, a row an economy, and mean prices a good; ``None`` for a model without."""
    real = model.headline.real
    if real is None:
        return None
    texts = tuple(text for text in (split_sentence(model), ratio_sentence(model), coverage_sentence(real)) if text)
    found = (volume_table(model), prices_table(model))
    return Section(
        "value-volume", "Value and volume", texts, None, tuple(table for table in found if table is not None)
    )


def volume_table(model: BriefModel) -> BriefTable | None:
    """Table of the change in value, volume and prices by economy, the largest first; ``None`` without quantities."""
    finding, words = model.headline, words_of(model.headline)
    parts, total, lost = _parts(model), others_row(model), loss_row(model)
    if total is None or total.volume_usd is None:
        return None
    ranked = sorted(parts, key=lambda code: (-abs(parts[code].change_usd), code))
    rows = [split_row(name_of(code, model.names), [parts[code]]) for code in ranked[:SHOWN]]
    if rest := ranked[SHOWN:]:
        name = f"{len(rest)} other {words.actors if len(rest) > 1 else words.actor}"
        rows.append(split_row(name, [parts[code] for code in rest]))
    rows += [total, *([lost] if lost is not None else [])]
    before, _ = windows_named(finding)
    return table_of(
        "volume",
        f"Value and volume by {words.actor}",
        rows,
        [
            (words.actor.capitalize(), "text", lambda row: row.name),
            (f"{sentence_case(GROSS_CHANGE)}, value", "usd", lambda row: row.change_usd),
            ("Volume", "net", lambda row: row.volume_usd),
            ("Prices", "net", lambda row: row.price_usd),
            ("Not split", "net", lambda row: row.not_split_usd),
            ("Price change", "share", lambda row: row.price_change),
            ("With quantities", "share", lambda row: row.covered),
        ],
        note=f"Value = volume, at the prices of {before}, + prices + not split. Price change: of the goods traded after, against the same goods at baseline "
        f"unit values; a good that a {words.actor} did not trade before is valued at the mean baseline price of all. "
        "A dearer mix within a code shows as a dearer price. With quantities: share of both windows’ value.",
    )


def _brief(description: str) -> str:
    """Return a description up to its first semicolon, cut between words."""
    first = description.split(";")[0]
    if len(first) <= _DESCRIBED:
        return first
    return f"{first[:_DESCRIBED].rsplit(' ', 1)[0].rstrip(',')} …"


def prices_table(model: BriefModel) -> BriefTable | None:
    """Table of mean prices of each good over all that report quantities; ``None`` without two prices of any good."""
    finding = model.headline
    units = [] if finding.real is None else [
        row for row in finding.real.unit_values if row.baseline_usd_per_unit and row.after_usd_per_unit
    ]  # fmt: skip
    if not units:
        return None
    traded = {row.good: row.baseline_usd + row.after_usd for row in finding.by_good}
    described = {row.good: row.description for row in finding.by_good}
    shown = sorted(units, key=lambda row: (-traded.get(row.good, 0.0), row.good))[:SHOWN]
    before, after = windows_named(finding)
    left = len(units) - len(shown)
    return table_of(
        "prices",
        "Mean prices by good",
        shown,
        [
            ("Good", "code", lambda row: row.good),
            ("Description", "text", lambda row: _brief(described.get(row.good, ""))),
            ("Unit", "text", lambda row: row.unit),
            ("USD a unit, before", "number", lambda row: row.baseline_usd_per_unit),
            ("USD a unit, after", "number", lambda row: row.after_usd_per_unit),
            ("Change", "share", lambda row: (row.after_usd_per_unit or 0.0) / (row.baseline_usd_per_unit or 1.0) - 1.0),
            ("With quantities", "share", lambda row: row.adjusted_share),
        ],
        note=f"Unit values, {before} and {after}: dollars by quantity over all economies of these figures, members among them."
        + (f" {left} more goods are left out." if left else ""),
    )
