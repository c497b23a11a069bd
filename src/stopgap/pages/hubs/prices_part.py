"""Part on prices: what the target pays above others, and each change in dollars split into quantity and price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stopgap.api import Lake
from stopgap.base.errors import EpisodeError, MissingDataError
from stopgap.briefs.formats.text import percent, signed
from stopgap.briefs.vocabulary import in_sentence, name_of, told
from stopgap.measures.prices.request import PriceRequest
from stopgap.measures.prices.results import PriceFinding
from stopgap.measures.statistics.bennet import Split, SupplierSplit
from stopgap.pages.amounts import table_usd, usd, usd_heading
from stopgap.pages.episode.marked import marking_of
from stopgap.pages.episode.query import EpisodeQuery, economy_names
from stopgap.pages.views import Cell, PageContent, TableColumn, TableView
from stopgap.pages.words import as_sentence

SHOWN = 15


def prices_part(lake: Lake, query: EpisodeQuery, *, economy: str | None = None) -> PageContent:
    """Return the part on prices.

    Args:
        lake: The lake.
        query: The episode and its options.
        economy: Economy whose change alone is shown; ``None`` for the largest.

    Raises:
        NotFoundError: Unknown episode, goods list or vintage.
    """
    measured = query.measure(lake, gross=True)
    finding = measured.finding
    here = replace(query, goods=query.goods or finding.goods)
    names = economy_names()
    try:
        prices = lake.prices(query.episode, query.request_like(finding, PriceRequest))
    except (MissingDataError, EpisodeError) as error:
        values = {"why": told(error.what, finding, names), "query": here}
        return PageContent("hubs/prices.html", "Prices", {**values, "table": None}, measured.marking)
    rows = [row for row in prices.split.by_supplier if economy is None or row.supplier == economy]
    return PageContent(
        "hubs/prices.html",
        "Prices",
        {
            "query": here,
            "why": "",
            "sentence": told(markup_sentence(prices, names), finding, names),
            "split": _split_sentence(prices, names, economy, rows),
            "table": replace(_table(rows if economy else rows[:SHOWN], names, here, total=len(rows)), source=here.data("prices")),
            "queries": prices.queries,
            "basis": _basis(prices),
            "notes": tuple(as_sentence(told(text, finding, names)) for text in prices.warnings),
        },
        marking_of(prices),
        tabs=here.tabs("/suppliers"),
    )  # fmt: skip


def markup_sentence(prices: PriceFinding, names: Mapping[str, str]) -> str:
    """Return what the target pays above the same suppliers’ other destinations, with its interval, or why not."""
    target, markup = in_sentence(name_of(prices.target, names)), prices.markup
    if markup.estimate is None or markup.price_ratio is None:
        reason = markup.trimmed.reason or "the figures do not allow it"
        return f"What {target} pays above other destinations cannot be told: {reason}."
    ratio = markup.price_ratio - 1
    text = f"Unit values at {target} changed by {signed(percent(ratio), ratio)} against the same suppliers’ other destinations"
    if markup.price_ratio_ci95 is None:
        return f"{text}; there is no interval ({markup.trimmed.reason})."
    low, high = (end - 1 for end in markup.price_ratio_ci95)
    return f"{text} (95 % interval {signed(percent(low), low)} to {signed(percent(high), high)}; {markup.observations:,} unit values)."


def _split_sentence(
    prices: PriceFinding, names: Mapping[str, str], economy: str | None, rows: list[SupplierSplit]
) -> str:
    if economy is not None and not rows:
        return f"{name_of(economy, names)} has no figures with quantities here: missing, not zero."
    split = rows[0].split if economy is not None else prices.split.backfill
    who = name_of(economy, names) if economy is not None else "suppliers outside the coalition"
    if not split.weighed_share:
        return (
            f"Change of {in_sentence(who)}: {_signed(split.change_usd)} a year. It cannot be split into quantity and price: no "
            "quantities stand on the trade."
        )
    return (
        f"Change of {in_sentence(who)}: {_signed(split.change_usd)} a year, of which quantity {_signed(split.quantity_usd)}, price "
        f"{_signed(split.price_usd)}, new or ended trade {_signed(split.new_or_ended_usd)}, and {_signed(split.not_adjusted_usd)} that "
        f"lacks quantities and is not split{_weighed(split)}."
    )  # fmt: skip


def _weighed(split: Split) -> str:
    return "" if split.weighed_share is None else f" (quantities stand on {percent(split.weighed_share)} of the trade)"


def _signed(value: float) -> str:
    return signed(usd(value), value)


def _table(rows: list[SupplierSplit], names: Mapping[str, str], query: EpisodeQuery, *, total: int) -> TableView:
    return TableView(
        "prices",
        f"Changes split into quantity and price, {usd_heading()} a year",
        (
            TableColumn("Economy"), TableColumn("Role"), TableColumn("Change", "number"), TableColumn("Quantity", "number"),
            TableColumn("Price", "number"), TableColumn("New or ended", "number"), TableColumn("Not split", "number", "no quantity on all of the trade"),
            TableColumn("With quantities", "number", "share of both windows’ trade"),
        ),
        tuple(
            (
                Cell(name_of(row.supplier, names), query.page("suppliers", row.supplier), query.options),
                Cell(row.role),
                Cell(table_usd(row.split.change_usd)),
                *(
                    Cell(table_usd(value)) if row.split.weighed_share else Cell("", missing="no quantities")
                    for value in (row.split.quantity_usd, row.split.price_usd)
                ),
                Cell(table_usd(row.split.new_or_ended_usd)),
                Cell(table_usd(row.split.not_adjusted_usd)),
                Cell("", missing="no trade") if row.split.weighed_share is None else Cell(percent(row.split.weighed_share)),
            )
            for row in rows
        ),
        total=total,
        empty="No economy has figures in both windows.",
    )  # fmt: skip


def _basis(prices: PriceFinding) -> str:
    coverage = prices.coverage
    share = (
        "no trade"
        if coverage.weighed_share is None
        else f"quantities on {percent(coverage.weighed_share)} of the trade"
    )
    return (
        f"Goods {prices.goods} ({prices.goods_version}), {coverage.level} {coverage.revision}; {prices.report}s’ reports, {prices.valuation}; "
        f"{share}; source {', '.join(coverage.sources)}; vintage {prices.as_of}."
    )  # fmt: skip
