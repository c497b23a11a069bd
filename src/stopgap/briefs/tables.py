"""Tables of a brief with raw values; each format prints the same cells."""

from __future__ import annotations

from collections.abc import Sequence

from stopgap.briefs.charts.flows import ranked_legs, route_ends
from stopgap.briefs.charts.lines import tracks
from stopgap.briefs.formats.cells import BriefTable, Column, Value
from stopgap.briefs.formats.text import NBSP, UNDEFINED, one_line, percent, usd_millions, window_name
from stopgap.briefs.model import BriefModel
from stopgap.briefs.months import courses, hub_lines
from stopgap.briefs.net.words import why_no_net
from stopgap.briefs.vocabulary import name_of, words_for
from stopgap.briefs.wording import filled_usd, some_economies, total_filled_usd
from stopgap.measures.backfill.results import Finding, GoodResult, Interval, SupplierResult


def _windows(finding: Finding) -> tuple[str, str]:
    return window_name(finding.windows.baseline), window_name(finding.windows.after)


def suppliers_table(model: BriefModel) -> BriefTable:
    """Every supplier outside the coalition, the largest gain first."""
    finding, words = model.headline, words_for(model.direction)
    before, after = _windows(finding)
    tested = any(row.q_value is not None for row in finding.suppliers)
    rows = tuple(
        (
            name_of(row.supplier, model.names),
            row.supplier,
            f"{row.kind}, hub" if row.is_hub else row.kind,
            row.baseline_usd,
            row.after_usd,
            row.gain_usd,
            row.share_of_loss,
            filled_usd(row),
            row.net_gain_usd,
            row.ci95,
            *((row.q_value,) if tested else ()),
        )
        for row in sorted(finding.suppliers, key=lambda row: (-row.gain_usd, row.supplier))
    )
    total = (
        f"All {words.actors}",
        None,
        None,
        sum(row.baseline_usd for row in finding.suppliers),
        sum(row.after_usd for row in finding.suppliers),
        sum(row.gain_usd for row in finding.suppliers),
        finding.backfill.gross_ratio,
        total_filled_usd(finding),
        finding.counterfactual.net_usd,
        _total_interval(finding),
        *((None,) if tested else ()),
    )
    columns = (
        Column(words.actor.capitalize()),
        Column("Code", "code"),
        Column("Kind"),
        Column(before, "usd"),
        Column(after, "usd"),
        Column("Change, gross", "usd"),
        Column("Share of loss", "share"),
        Column(words.filled.capitalize(), "usd"),
        Column("Net change", "net"),
        Column("95\u00a0% interval", "interval"),
        *((Column("q", "number"),) if tested else ()),
    )
    note = (
        f"Entrant: next to nothing in the baseline; intensified: more than before; fell: less. "
        f"Share of loss is signed and uncapped. {words.filled.capitalize()}: the part of the loss that the "
        f"allocation, good by good, gives to a {words.actor}. {net_note(finding)}"
        + (" q: adjusted significance of the net change." if tested else "")
    )
    return BriefTable("suppliers", f"Every {words.actor} outside the coalition", columns, rows, total, note)


def net_note(finding: Finding) -> str:
    """What the net columns of a table are, or why they are empty."""
    words = words_for(finding.direction)
    if finding.counterfactual.method is None:
        return f"Net change and interval are n/a: {why_no_net(finding)}"
    return f"Net change: beyond what a {words.actor} would have {words.traded} anyway; the interval is of it."


def _total_interval(finding: Finding) -> tuple[float, float] | None:
    ci95, loss = finding.backfill.net_ci95, finding.suspended.loss_usd
    return None if ci95 is None else (ci95[0] * loss, ci95[1] * loss)


def members_table(model: BriefModel) -> BriefTable:
    """Every member of the coalition that reported, the largest fall first."""
    finding, words = model.headline, words_for(model.direction)
    before, after = _windows(finding)
    rows = tuple(
        (name_of(row.supplier, model.names), row.supplier, row.baseline_usd, row.after_usd, row.change_usd)
        for row in sorted(finding.members, key=lambda row: (row.change_usd, row.supplier))
    )
    suspended = finding.suspended
    total = ("Coalition", None, suspended.baseline_usd, suspended.after_usd, -suspended.loss_usd)
    columns = (Column("Member"), Column("Code", "code"), Column(before, "usd"), Column(after, "usd"))
    groups = "; ".join(
        f"{one_line(model.names.get(group.group, group.group.upper()))} ({group.members} members): {usd_millions(group.baseline_usd)} to "
        f"{usd_millions(group.after_usd)}, change {usd_millions(group.change_usd)}"
        for group in finding.member_groups
    )
    note = f"Of these, in USD million: {groups}." if groups else ""
    return BriefTable(
        "members", f"Members of the coalition: {words.trade}", (*columns, Column("Change", "usd")), rows, total, note
    )


def goods_table(model: BriefModel) -> BriefTable | None:
    """Goods (or groups of goods) with loss and filling; ``None`` where there is one only."""
    finding = model.headline
    goods: tuple[GoodResult, ...] = finding.by_group if len(finding.by_group) > 1 else finding.by_good
    if len(goods) < 2:
        return None
    return _goods_table(model, goods)


def _goods_table(model: BriefModel, goods: tuple[GoodResult, ...]) -> BriefTable:
    words = words_for(model.direction)
    before, after = _windows(model.headline)
    rows = tuple(
        (
            row.good,
            row.description + (" (estimated)" if row.is_estimated else ""),
            row.baseline_usd,
            row.after_usd,
            row.loss_usd,
            row.filled_same_good_usd + row.filled_same_heading_usd,
            row.unfilled_usd,
            None if row.top_supplier is None else name_of(row.top_supplier, model.names),
        )
        for row in sorted(goods, key=lambda row: (-row.loss_usd, row.good))
    )
    columns = (
        Column("Good", "code"),
        Column("Description"),
        Column(before, "usd"),
        Column(after, "usd"),
        Column("Lost", "usd"),
        Column(words.filled.capitalize(), "usd"),
        Column(words.not_filled.capitalize(), "usd"),
        Column(f"Largest {words.actor}"),
    )
    note = "A negative loss is a rise: the coalition traded more of that good than before."
    return BriefTable("goods", "Loss by good, and what became of it", columns, rows, None, note)


def others_table(model: BriefModel) -> BriefTable | None:
    """Findings on further goods lists, one row each."""
    if not model.others:
        return None
    words = words_for(model.direction)
    rows = tuple(
        (
            one_line(model.goods_titles.get(found.goods, found.goods)),
            " → ".join(_windows(found)),
            found.suspended.loss_usd,
            total_filled_usd(found),
            found.identity.unfilled_usd,
            found.backfill.gross_ratio,
            found.backfill.net_ratio,
            found.backfill.net_ci95,
            _rank(found),
            next((name_of(row.supplier, model.names) for row in _gainers(found)), None),
        )
        for found in model.others
    )
    columns = (
        Column("Goods list"),
        Column("Windows"),
        Column("Lost", "usd"),
        Column(words.filled.capitalize(), "usd"),
        Column(words.not_filled.capitalize(), "usd"),
        Column("Gross ratio", "share"),
        Column("Net ratio", "share"),
        Column("95\u00a0% interval", "share_interval"),
        Column("Rank"),
        Column("Largest gain"),
    )
    return BriefTable("others", "Other goods lists, measured the same way", columns, rows)


def _rank(finding: Finding) -> str | None:
    rank = finding.backfill.placebo_rank
    return None if rank is None else f"{rank[0]} of {rank[1]}"


def _gainers(finding: Finding) -> list[SupplierResult]:
    return sorted((row for row in finding.suppliers if row.gain_usd > 0), key=lambda row: -row.gain_usd)


def sums_table(model: BriefModel) -> BriefTable:
    """How lost, filled, unfilled and the signed gains hang together."""
    finding, words = model.headline, words_for(model.direction)
    identity = finding.identity
    gain = sum(row.gain_usd for row in finding.suppliers)
    rises = total_filled_usd(finding) + identity.overfill_usd
    rows = (
        (
            f"Lost by the coalition in goods in which it {words.traded} less: the sum of the next three",
            identity.loss_usd,
        ),
        (f"{words.filled}, in the same good", identity.filled_same_good_usd),
        (f"{words.filled}, in another good of the same heading", identity.filled_same_heading_usd),
        (words.not_filled, identity.unfilled_usd),
        (f"Rises of other {words.actors}, good by good", rises),
        ("of which beyond what was lost", identity.overfill_usd),
        (f"Falls of other {words.actors}, good by good", gain - rises),
        ("Rises and falls together: numerator of the gross ratio", gain),
        ("Signed loss of the coalition: its denominator", finding.suspended.loss_usd),
    )
    return BriefTable("sums", "How the amounts add up", (Column("Amount"), Column("Value", "usd")), rows)


def series_table(model: BriefModel) -> BriefTable | None:
    """The data of the picture over the years."""
    if not model.series:
        return None
    periods, made = tracks(model)
    columns = (Column(words_for(model.direction).actor.capitalize()), *(Column(period, "usd") for period in periods))
    rows = tuple((track.name, *track.values) for track in made)
    return BriefTable("series", "By year", columns, rows, data_of="series")


def legs_table(model: BriefModel) -> BriefTable | None:
    """The data of the flow."""
    if not model.legs:
        return None
    first, last = route_ends(model)
    before, after = _windows(model.headline)
    columns = (
        Column("Hub"),
        Column(f"{first} to hub, {before}", "usd"),
        Column(f"{first} to hub, {after}", "usd"),
        Column(f"Same, hub’s record, {after}", "usd"),
        Column(f"Hub to {last}, {before}", "usd"),
        Column(f"Hub to {last}, {after}", "usd"),
    )
    rows = tuple(
        (
            one_line(leg.hub_name),
            leg.into_hub_baseline_usd,
            leg.into_hub_after_usd,
            leg.into_hub_mirror_after_usd,
            leg.out_of_hub_baseline_usd,
            leg.out_of_hub_after_usd,
        )
        for leg in ranked_legs(model)
    )
    return BriefTable("routes", "Both legs of each route", columns, rows, data_of="routes")


def monthly_table(model: BriefModel) -> BriefTable | None:
    """The data of the picture by month."""
    months, made = courses(model)
    if not made:
        return None
    columns = (Column("Month"), *(Column(course.name, "usd") for course in made))
    rows = tuple((month, *(course.values[i] for course in made)) for i, month in enumerate(months))
    return BriefTable("monthly", "By month", columns, rows, data_of="monthly")


def hub_table(model: BriefModel) -> BriefTable | None:
    """The data of the hub's case."""
    months, made = hub_lines(model)
    if not months:
        return None
    columns = (Column("Month"), *(Column(line.name, "usd") for line in made))
    rows = tuple((month, *(line.values[i] for line in made)) for i, month in enumerate(months))
    return BriefTable(
        "hub", f"{one_line(model.hub_name)}, {one_line(model.hub_good)}, by month", columns, rows, data_of="hub"
    )


def coverage_table(model: BriefModel) -> BriefTable:
    """What the figures rest on."""
    finding = model.headline
    coverage, mirror = finding.coverage, finding.mirror

    def economies(codes: Sequence[str]) -> str:
        return some_economies(codes, model.names, shown=30) or "none"

    unseen = coverage.missing_without_baseline_trade
    silent = [code for code in coverage.missing_reporters if code not in unseen]

    rows: list[tuple[Value, ...]] = [
        (
            "Baseline trade of economies that also reported the after-window",
            percent(coverage.share_of_baseline_reported),
        ),
        ("Silent in a window, so in neither", economies(silent)),
        ("Silent after, without trade before: a newcomer would not be seen", economies(unseen)),
        ("Taken from the target’s report", economies(coverage.mirrored)),
        ("Periods not reported", ", ".join(coverage.missing_periods) or "none"),
        ("Codes of the goods list; found in the lake", f"{coverage.goods_listed}; {coverage.goods_found}"),
        ("Codes without a counterpart in the revision", ", ".join(coverage.goods_unmatched) or "none"),
        ("Level and revision of the codes", f"{coverage.level or UNDEFINED}, {coverage.revision or UNDEFINED}"),
        ("After-window value that is estimated", percent(coverage.estimated_share)),
        ("Sources of the rows", ", ".join(coverage.sources) or "none"),
        (
            "Concentration (Herfindahl index, 0 to 1), before; after",
            f"{_index(finding.concentration.hhi_before, finding.concentration.hhi_before_ci95)}; "
            f"{_index(finding.concentration.hhi_after, finding.concentration.hhi_after_ci95)}",
        ),
    ]
    if mirror is not None:
        before, after = _windows(finding)
        rows.append(
            (
                f"Same trade as the target reports it ({mirror.valuation}), USD million",
                f"{usd_millions(mirror.baseline_usd)} in {before}; {usd_millions(mirror.after_usd)} in {after}"
                + (f"; silent in {', '.join(mirror.target_silent)}" if mirror.target_silent else ""),
            )
        )
    return BriefTable("coverage", "Coverage", (Column("What"), Column("Value")), tuple(rows))


def _index(value: float | None, interval: Interval) -> str:
    if value is None:
        return UNDEFINED
    if interval is None:
        return f"{value:.3f} (no interval)"
    return f"{value:.3f} (95{NBSP}% interval {interval[0]:.3f} to {interval[1]:.3f})"


def sources_table(model: BriefModel) -> BriefTable | None:
    """Where the rows came from."""
    if not model.sources:
        return None
    columns = (
        Column("Source", "code"),
        Column("Title"),
        Column("Terms of use"),
        Column("Retrieved"),
        Column("Published"),
        Column("Vintage"),
        Column("Receipt", "code"),
        Column("Rows", "count"),
    )
    rows = tuple(
        (note.source, note.title, note.terms, note.retrieved, note.published or "not stated", note.vintage, note.receipt, note.rows)
        for note in model.sources
    )  # fmt: skip
    return BriefTable("sources", "Where the rows came from", columns, rows)
