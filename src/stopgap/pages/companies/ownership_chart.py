"""Drawing of the paths from listed owners to a firm: a layer a step, arrows from owner to asset with the share on each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stopgap.pages.charts.vega import compiled, tooltip
from stopgap.pages.views import Cell, ChartView, TableColumn, TableView

if TYPE_CHECKING:
    from stopgap.screening.ownership.paths import Chain, Explained, Holding
    from stopgap.screening.ownership.run import OwnershipRun

MOST_PARTIES = 24
"""Parties that are drawn; of more, those on the shortest paths. The list of paths has all."""

_GROUND = {"stroke": "@paper", "strokeWidth": 5, "color": "@paper"}
"""Look of a text that is drawn once more behind itself, so that lines keep off it."""

_TIP = tooltip([("said", "share"), ("owner", "of"), ("asset", "in")])


def ownership_chart(found: Explained, run: OwnershipRun, basis: str) -> ChartView:
    """Return the drawing of the paths to a firm; listed parties are squares, others circles.

    Args:
        found: The firm, and the paths to it.
        run: What was read, and who is listed.
        basis: Rule, table and lists in words.
    """
    chains = _drawn(found.chains)
    depth = _depths(chains)
    places = _places(depth)
    holdings = {(each.owner, each.asset): each for chain in chains for each in chain}
    names = {
        party: name
        for each in holdings.values()
        for party, name in ((each.owner, each.owner_name), (each.asset, each.asset_name))
    }
    index = run.coverage.table.index
    listed = {party for party in depth if index[party] in run.listed}
    deepest = max(depth.values())
    rows: list[dict[str, Any]] = [
        {
            "kind": "edge", **_ends(each, places, depth), "said": _share(each), "owner": names[each.owner] or each.owner,
            "asset": names[each.asset] or each.asset,
        }
        for each in holdings.values()
    ]  # fmt: skip
    rows += [
        {
            "kind": "node", "x": places[party], "y": step, "name": names[party] or party,
            "said": "listed" if party in listed else "the firm" if party == found.id else "not listed itself",
            "shape": "listed" if party in listed else "the firm" if party == found.id else "between",
        }
        for party, step in depth.items()
    ]  # fmt: skip
    description = _description(found, chains)
    return ChartView(
        key="ownership",
        title="From listed parties down to the firm",
        description=description,
        specification=compiled(_specification(deepest), rows, description),
        table=_table(chains),
        figures=tuple(
            {
                "owner": each.owner,
                "owner_name": each.owner_name,
                "asset": each.asset,
                "asset_name": each.asset_name,
                "share_low": each.low,
                "share_high": each.high,
            }
            for each in holdings.values()
        ),
        basis=basis,
        height=26 if deepest > 2 else 20,
        subtitle="Squares are listed, the diamond is the firm; the number on a line is the share held."
        + ("" if len(chains) == len(found.chains) and not found.has_more else f" The {len(chains)} shortest paths."),
    )


def _specification(deepest: int) -> dict[str, Any]:
    axis = {"axis": None, "type": "quantitative"}
    at: dict[str, dict[str, Any]] = {
        "x": {"field": "x", "scale": {"domain": [0, 1]}, **axis},
        "y": {"field": "y", "scale": {"domain": [-0.4, deepest + 0.35]}, **axis},
    }
    edges = [{"filter": "datum.kind == 'edge'"}]
    nodes = [{"filter": "datum.kind == 'node'"}]
    return {
        "height": 110 * (deepest + 1),
        "layer": [
            {
                "transform": edges,
                "mark": {"type": "rule", "color": "@other", "strokeWidth": 1.5},
                "encoding": {**at, "x2": {"field": "x2"}, "y2": {"field": "y2"}, "tooltip": _TIP},
            },
            *_shares(at, edges),
            {
                "transform": nodes,
                "mark": {"type": "point", "filled": True, "size": 150, "opacity": 1},
                "encoding": {
                    **at,
                    "shape": {"field": "shape", "type": "nominal", "legend": None, "scale": {"domain": ["listed", "the firm", "between"], "range": ["square", "diamond", "circle"]}},
                    "color": {"field": "shape", "type": "nominal", "legend": None, "scale": {"domain": ["listed", "the firm", "between"], "range": ["@bad", "@accent", "@other"]}},
                    "tooltip": tooltip([("name", "name"), ("said", "is")]),
                },
            },
            *_labels(at, "datum.kind == 'node' && datum.shape != 'the firm'", -16),
            *_labels(at, "datum.kind == 'node' && datum.shape == 'the firm'", 18),
        ],
    }  # fmt: skip


def _shares(at: dict[str, Any], edges: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the share on each line, halfway down it."""
    middle = [{"calculate": f"(datum.{end} + datum.{end}2) / 2", "as": f"m{end}"} for end in ("x", "y")]
    encoding = {**{end: {**at[end], "field": f"m{end}"} for end in ("x", "y")}, "text": {"field": "said"}}
    text = {"type": "text", "align": "center", "fontWeight": 600}
    return [{"transform": [*edges, *middle], "mark": {**text, **mark}, "encoding": encoding} for mark in (_GROUND, {})]


def _labels(at: dict[str, Any], which: str, dy: int) -> list[dict[str, Any]]:
    """Return the names of parties, each on a ground that keeps lines off it."""
    text = {"type": "text", "align": "center", "dy": dy, "limit": 170}
    encoding = {**at, "text": {"field": "name"}}
    return [
        {"transform": [{"filter": which}], "mark": {**text, **mark}, "encoding": encoding} for mark in (_GROUND, {})
    ]


def _drawn(chains: tuple[Chain, ...]) -> tuple[Chain, ...]:
    """Return the shortest chains whose parties are few enough to be drawn; the first always is."""
    kept: list[Chain] = []
    parties: set[str] = set()
    for chain in chains:
        more = parties | {party for each in chain for party in (each.owner, each.asset)}
        if kept and len(more) > MOST_PARTIES:
            break
        kept.append(chain)
        parties = more
    return tuple(kept)


def _depths(chains: tuple[Chain, ...]) -> dict[str, int]:
    """Return the layer of each party: 0 for the firm, then the longest way up to it, so that lines go down.

    Owners in a circle have no longest way: no layer is higher than the longest chain.
    """
    edges = list({(each.owner, each.asset) for chain in chains for each in chain})
    longest = max(map(len, chains))
    depth = {party: 0 for edge in edges for party in edge}
    for _ in range(longest):
        for owner, asset in edges:
            depth[owner] = min(max(depth[owner], depth[asset] + 1), longest)
    depth[chains[0][-1].asset] = 0
    return depth


def _places(depth: dict[str, int]) -> dict[str, float]:
    """Return the place of each party across its layer, 0 to 1; between top and bottom a little to the left, beside long lines."""
    top = max(depth.values())
    layers: dict[int, list[str]] = {}
    for party, step in depth.items():
        layers.setdefault(step, []).append(party)
    return {
        party: (place + (0.5 if step in (0, top) else 0.32)) / len(layer)
        for step, layer in layers.items()
        for place, party in enumerate(layer)
    }


def _ends(each: Holding, places: dict[str, float], depth: dict[str, int]) -> dict[str, float]:
    return {
        "x": places[each.owner], "y": depth[each.owner], "x2": places[each.asset], "y2": depth[each.asset],
    }  # fmt: skip


def _share(each: Holding) -> str:
    return f"{each.low * 100:.6g} %" if each.low == each.high else f"{each.low * 100:.6g}–{each.high * 100:.6g} %"


def _description(found: Explained, chains: tuple[Chain, ...]) -> str:
    count = "1 path" if len(chains) == 1 else f"{len(chains)} paths"
    said = " ".join(f"{_words(chain)}." for chain in chains[:5])
    return f"Layers of owners above {found.name or found.id}: {count} from listed parties. {said}"


def _words(chain: Chain) -> str:
    steps = [f"holds {_share(each)} of {each.asset_name or each.asset}" for each in chain]
    return f"{chain[0].owner_name or chain[0].owner} {', which '.join(steps)}"


def _table(chains: tuple[Chain, ...]) -> TableView:
    rows: dict[tuple[str, str], tuple[Cell, ...]] = {}
    for chain in chains:
        for each in chain:
            cells = (Cell(each.owner_name or each.owner), Cell(_share(each)), Cell(each.asset_name or each.asset))
            rows.setdefault((each.owner, each.asset), cells)
    columns = (TableColumn("Owner"), TableColumn("Share", "number"), TableColumn("Of"))
    return TableView("ownership", "Shares on the paths", columns, tuple(rows.values()))
