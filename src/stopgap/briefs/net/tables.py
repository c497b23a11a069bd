"""Tables of the net figures: by group of goods, what they rest on, and the target among other destinations."""

from __future__ import annotations

import math

from stopgap.briefs.formats.cells import BriefTable, Column, Kind, Typed, Value
from stopgap.briefs.formats.text import NBSP
from stopgap.briefs.model import BriefModel
from stopgap.briefs.net.charts import net_rows
from stopgap.briefs.net.words import why_no_interval, why_no_net
from stopgap.briefs.tables import net_note
from stopgap.briefs.vocabulary import name_of, words_for
from stopgap.measures.backfill.results import Counterfactual, Finding, Interval

_INTERVAL = f"95{NBSP}% interval"


def net_table(model: BriefModel) -> BriefTable | None:
    """The data of the picture of net gains, the largest first: every supplier with a counterfactual."""
    rows = net_rows(model.headline)
    if not rows:
        return None
    words = words_for(model.direction)
    columns = (
        Column(words.actor.capitalize()),
        Column("Change, gross", "usd"),
        Column("Net change", "net"),
        Column(_INTERVAL, "interval"),
    )
    cells: tuple[tuple[Value, ...], ...] = tuple(
        (name_of(row.supplier, model.names), row.gain_usd, row.net_gain_usd, row.ci95) for row in rows
    )
    return BriefTable("net", f"Net change by {words.actor}", columns, cells, data_of="net")


def sureness_table(model: BriefModel) -> BriefTable | None:
    """Loss and net change of each group of goods (or good) with intervals; ``None`` where there is one only."""
    finding = model.headline
    goods = finding.by_group if len(finding.by_group) > 1 else finding.by_good
    if len(goods) < 2:
        return None
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            row.good,
            row.description,
            row.loss_usd,
            row.loss_share,
            row.loss_ci95,
            row.gain_usd,
            row.net_gain_usd,
            row.net_ci95,
        )
        for row in sorted(goods, key=lambda row: (-row.loss_usd, row.good))
    )
    columns = (
        Column("Good", "code"),
        Column("Description"),
        Column("Lost", "usd"),
        Column("Share lost", "share"),
        Column(_INTERVAL, "share_interval"),
        Column("Change of others, gross", "usd"),
        Column("Net change", "net"),
        Column(f"{_INTERVAL}, net", "interval"),
    )
    note = f"The first interval is that of the share lost. {net_note(finding)}"
    return BriefTable("sureness", "How sure each is", columns, rows, None, note)


_NOTHING = Typed("text", "")
Row = tuple[Value, Value, Value, Value, Value]


def _row(what: str, kind: Kind, value: float | int | str | None, interval: Interval = None, note: str = "") -> Row:
    low, high = (_NOTHING, _NOTHING) if interval is None else (Typed(kind, end) for end in interval)
    return what, Typed(kind, value), low, high, note


def counterfactual_table(model: BriefModel) -> BriefTable:
    """What the net figures rest on, a row each; amounts are US dollars a year."""
    finding = model.headline
    found, backfill, suspended = finding.counterfactual, finding.backfill, finding.suspended
    words = words_for(model.direction)
    rows = [
        _row("Loss share of the coalition", "share", suspended.loss_share, suspended.ci95,
             "" if suspended.ci95 else "no interval"),
        _row("Gross ratio", "share", backfill.gross_ratio, None, "a sum of reports: no model, no interval"),
        _row("Net ratio", "share", backfill.net_ratio, backfill.net_ci95, _why(finding)),
        _row("Method", "text", found.method or "none", None, found.reason or ""),
    ]  # fmt: skip
    if found.method is not None:
        traded = words.traded.capitalize()
        rows += [
            _row(f"{traded} after, of goods with a baseline", "amount", found.observed_usd),
            _row(f"Would have been {words.traded} anyway", "amount", found.expected_usd),
            _row(f"{traded} after, of goods without a baseline", "amount", found.entrants_usd),
            _row("Net change", "amount", found.net_usd, _usd_ends(finding)),
            *_ordinary(found),
            *_places(finding, words.places),
        ]
    columns = (
        Column("What"),
        Column("Value", "number"),
        Column(f"95{NBSP}% low", "number"),
        Column(f"95{NBSP}% high", "number"),
        Column("Note"),
    )
    note = "Amounts are means per year. Factors are observed by expected."
    return BriefTable("counterfactual", "The counterfactual in figures", columns, tuple(rows), None, note)


def _why(finding: Finding) -> str:
    if finding.backfill.net_ratio is None:
        return why_no_net(finding)
    return "" if finding.backfill.net_ci95 else f"no interval: {why_no_interval(finding)}"


def _usd_ends(finding: Finding) -> Interval:
    ci95, loss = finding.backfill.net_ci95, finding.suspended.loss_usd
    return None if ci95 is None else (ci95[0] * loss, ci95[1] * loss)


def _ordinary(found: Counterfactual) -> list[Row]:
    rows = [_row("Ordinary goods", "count", found.ordinary_goods, None, "goods that no list of the episode names")]
    if found.ordinary_excess is None:
        return rows
    band = found.ordinary_band
    chance = None if band is None else (math.exp(-band), math.exp(band))
    rows.append(
        _row("Factor of ordinary goods at the target", "number", math.exp(found.ordinary_excess), chance, "the band is that of chance")
    )  # fmt: skip
    if (beside := found.double_difference) is not None:
        rows.append(
            _row("Double difference", "share", beside.net_ratio, beside.net_ci95, "the net ratio without ordinary goods")
        )  # fmt: skip
    return rows


def _places(finding: Finding, places: str) -> list[Row]:
    found, rank = finding.counterfactual, finding.backfill.placebo_rank
    rows = []
    if found.excess is not None:
        rows.append(_row("Factor at the target", "number", math.exp(found.excess)))
    rows.append(_row(f"Placebo {places}", "count", len(found.placebo_targets)))
    if rank is not None:
        rows.append(
            _row(f"Rank of the target among {places}", "text", f"{rank[0]} of {rank[1]}", None, "1: no other rose as far")
        )  # fmt: skip
    return rows


def placebos_table(model: BriefModel) -> BriefTable | None:
    """The data of the picture of placebo destinations, in the order of the rank."""
    finding = model.headline
    if not finding.counterfactual.placebo_excess:
        return None
    place = words_for(model.direction).places.removesuffix("s").capitalize()
    columns = (
        Column(place),
        Column("Code", "code"),
        Column("Excess", "share"),
        Column("Excess by its chance spread", "number"),
    )
    rows: tuple[tuple[Value, ...], ...] = tuple(
        (
            name_of(row.destination, model.names),
            row.destination,
            math.expm1(row.excess),
            row.excess / row.deviation if row.deviation > 0 else None,
        )
        for row in finding.counterfactual.placebo_excess
    )
    actors = words_for(model.direction).actors
    note = f"Excess: observed over expected trade of {actors} outside the coalition. The rank is by the last column."
    title = f"The target among placebo {words_for(model.direction).places}"
    return BriefTable("placebos", title, columns, rows, None, note, data_of="placebos")
