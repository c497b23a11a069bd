"""Charts of a statement: trade by year, estimates with intervals against thresholds, and the verdict by month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stopgap.briefs.charts.lines import unit_of
from stopgap.briefs.claims.charts import HypothesisGroup, alt_hypotheses, alt_months, group_scale, grouped, name_of_row
from stopgap.briefs.claims.ladder import PartHypotheses
from stopgap.briefs.claims.listing_tables import listing_facts_of, listing_panels
from stopgap.briefs.claims.parts import PartSheet
from stopgap.briefs.claims.shipment_tables import shipped_lists, year_panels
from stopgap.briefs.claims.words import estimate_words, show_figure, show_interval
from stopgap.briefs.claims.year_chart import YearBars, value_text
from stopgap.briefs.formats.text import NOT_REPORTED, month_name
from stopgap.briefs.parts import ChartPart
from stopgap.claims.testing.results import Hypothesis, TestedClaim, Verdict
from stopgap.pages.charts.vega import compiled, tooltip
from stopgap.pages.views import Cell, ChartView, TableColumn, TableView

RATIO = "ratio"
NUMBER = ",.12~g"
_SCALES = {"m": "million US dollars", "bn": "billion US dollars"}
_SERIES = ("@series-1", "@series-2", "@series-3", "@series-4")
_SHAPES = {
    Verdict.SUPPORTED: "circle", Verdict.PARTLY: "diamond", Verdict.NOT_SUPPORTED: "cross", Verdict.NOT_TESTABLE: "square",
}  # fmt: skip
_COLOURS = {
    Verdict.SUPPORTED: "@good", Verdict.PARTLY: "@warn", Verdict.NOT_SUPPORTED: "@bad", Verdict.NOT_TESTABLE: "@other",
}  # fmt: skip


def _axis_title(scale: str, unit: str) -> str:
    """Return the title of an axis: its scale, and a year where the figures are a year's."""
    return _SCALES.get(scale, scale) + (" a year" if unit == "USD per year" else "")


def year_charts(tested: PartHypotheses, part: PartSheet, key: str, as_of: str) -> list[ChartView]:
    """Return trade by year, or listings by year, one chart for each unit; the lists stand side by side in it."""
    told = iter(part.figures)
    made = []
    if lists := shipped_lists(tested):
        made += _bars(year_panels(lists), next(told), f"{key}-years")
    facts = listing_facts_of(tested)
    if facts is not None and (panels := listing_panels(facts)):
        made += _bars(panels, next(told), f"{key}-listed")
    return made


def _bars(panels: Sequence[YearBars], told: ChartPart, key: str) -> list[ChartView]:
    units = dict.fromkeys(panel.unit for panel in panels)
    return [
        _bar_chart([panel for panel in panels if panel.unit == unit], told, f"{key}-{at}")
        for at, unit in enumerate(units)
    ]


def _bar_chart(panels: Sequence[YearBars], told: ChartPart, key: str) -> ChartView:
    unit = panels[0].unit
    years = sorted({year for panel in panels for year in panel.years})
    judged = sorted({year for panel in panels for year in panel.judged})
    rows = [
        {
            "year": year,
            "series": panel.name,
            "value": value,
            "said": f"{value_text(value)} {unit}" if value is not None else NOT_REPORTED,
            "label": value_text(value) if value is not None else NOT_REPORTED,
            "judged": "judged" if year in panel.judged else "other years",
        }
        for panel in panels
        for year, value in zip(panel.years, panel.values, strict=True)
    ]
    names = [panel.name for panel in panels]
    is_all = set(judged) >= set(years)
    subtitle = f"{unit}." + ("" if is_all or not judged else f" Judged: {', '.join(judged)}; other years are pale.")
    text = f"{told.title}. " + " ".join(
        f"{panel.name}, {unit}: "
        + ", ".join(f"{row['year']} {row['label']}" for row in rows if row["series"] == panel.name)
        + "."
        for panel in panels
    )
    columns = (TableColumn("Year"), *(TableColumn(f"{name}, {unit}", "number") for name in names))
    cells = {(row["year"], row["series"]): row for row in rows}
    table = TableView(
        key, told.title, columns,
        tuple(
            (Cell(year + (" (judged)" if year in judged and not is_all else "")), *(_year_cell(cells.get((year, name))) for name in names))
            for year in years
        ),
    )  # fmt: skip
    specification = _bars_specification(names, unit)
    return ChartView(
        key, told.title, text, compiled(specification, rows, text), table, basis=told.caption.removesuffix(" The figures stand below."),
        height=16, subtitle=subtitle,
        figures=tuple(
            {"year": row["year"], "series": row["series"], "unit": unit, "value": row["value"], "judged": row["judged"] == "judged"}
            for row in rows
        ),
    )  # fmt: skip


def _bars_specification(names: Sequence[str], unit: str) -> dict[str, Any]:
    several = len(names) > 1
    offset: dict[str, Any] = {"xOffset": {"field": "series", "type": "nominal", "sort": list(names)}} if several else {}
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "bar", "cornerRadiusEnd": 1, "tooltip": True},
            "encoding": {
                "y": {"field": "value", "type": "quantitative", "axis": {"tickCount": 4, "format": NUMBER}},
                "color": {
                    "field": "series", "type": "nominal", "sort": list(names),
                    "scale": {"domain": list(names), "range": list(_SERIES[: len(names)])},
                    "legend": {"symbolType": "square", "symbolOpacity": 1} if several else None,
                },
                "opacity": {"field": "judged", "type": "nominal", "scale": {"domain": ["judged", "other years"], "range": [1, 0.5]}, "legend": None},
                "tooltip": tooltip([("year", "year"), ("series", "what"), ("said", "reported")]),
            },
        }
    ]  # fmt: skip
    if not several:
        layers.append(
            {
                "mark": {"type": "text", "dy": -7},
                "encoding": {"y": {"field": "value", "type": "quantitative"}, "text": {"field": "label"}},
            }
        )
    return {
        "height": 190,
        "encoding": {
            "x": {
                "field": "year",
                "type": "ordinal",
                "axis": {"labelAngle": 0, "labelOverlap": True},
                "scale": {"paddingInner": 0.25},
            },
            **offset,
        },
        "layer": layers,
    }


def _year_cell(row: dict[str, Any] | None) -> Cell:
    if row is None or row["value"] is None:
        return Cell("", missing=NOT_REPORTED)
    return Cell(str(row["label"]))


def interval_charts(tested: PartHypotheses, part: PartSheet, key: str, as_of: str) -> list[ChartView]:
    """Return a chart for each measure with an interval: estimate, 95 % interval, gross figure and threshold."""
    groups = grouped(tested.hypotheses)
    return [
        _interval_chart(group, told, f"{key}-interval-{at}", as_of)
        for at, (group, told) in enumerate(zip(groups, part.intervals, strict=True))
    ]


def _interval_chart(group: HypothesisGroup, told: ChartPart, key: str, as_of: str) -> ChartView:
    first = group.rows[0].hypothesis
    scale = group_scale(group, 0.0, 1.0)
    divisor, unit = (0.01, "%") if first.unit == RATIO else unit_of(max(abs(scale.low), abs(scale.high)))
    low, high = scale.low / divisor, scale.high / divisor
    rows: list[dict[str, Any]] = []
    for each in group.rows:
        hypothesis = each.hypothesis
        assert hypothesis.ci95 is not None
        assert hypothesis.estimate is not None
        ends = [min(max(end / divisor, low), high) for end in hypothesis.ci95]
        rows.append(
            {
                "name": name_of_row(each),
                "estimate": hypothesis.estimate / divisor,
                "low": ends[0],
                "high": ends[1],
                "gross": None if hypothesis.gross is None else hypothesis.gross / divisor,
                "threshold": hypothesis.threshold / divisor,
                "said": estimate_words(hypothesis),
                "gross_said": show_figure(hypothesis.gross, hypothesis.unit),
                "against": f"above {show_figure(hypothesis.threshold, hypothesis.unit) if hypothesis.threshold else '0'}",
                "verdict": str(hypothesis.verdict),
            }
        )
    text = alt_hypotheses(group)
    return ChartView(
        key, told.title, text, compiled(_interval_specification(low, high, _axis_title(unit, first.unit)), rows, text), _interval_table(group, key, told.title),
        basis=f"{told.caption} Vintage {as_of}.", height=10, figures=tuple(_interval_figures(name_of_row(each), each.hypothesis) for each in group.rows),
        subtitle="Dot: estimate with its 95 % interval. Ring: gross figure. Upright line: what it is held against.",
    )  # fmt: skip


def _interval_figures(name: str, found: Hypothesis) -> dict[str, str | float | None]:
    low, high = found.ci95 or (None, None)
    return {
        "what": name, "estimate": found.estimate, "ci95_low": low, "ci95_high": high, "gross": found.gross,
        "threshold": found.threshold, "unit": found.unit, "verdict": str(found.verdict),
    }  # fmt: skip


def _interval_specification(low: float, high: float, title: str) -> dict[str, Any]:
    x = {
        "type": "quantitative",
        "scale": {"domain": [low, high], "nice": False, "zero": False},
        "axis": {"title": title, "tickCount": 6, "format": NUMBER},
    }
    tips = tooltip(
        [
            ("name", "what"),
            ("said", "estimate"),
            ("gross_said", "gross"),
            ("against", "held against"),
            ("verdict", "verdict"),
        ]
    )
    return {
        "height": {"step": 46},
        "encoding": {"y": {"field": "name", "type": "nominal", "sort": None, "axis": {"grid": False, "labelLimit": 220, "labelColor": "@ink"}}},
        "layer": [
            {"mark": {"type": "tick", "thickness": 2, "size": 34, "color": "@ink"}, "encoding": {"x": {"field": "threshold", **x}}},
            {"mark": {"type": "rule", "strokeWidth": 2, "color": "@accent"}, "encoding": {"x": {"field": "low", **x}, "x2": {"field": "high"}}},
            {
                "transform": [{"filter": "isValid(datum.gross)"}],
                "mark": {"type": "point", "size": 80, "filled": False, "stroke": "@ink", "strokeWidth": 1.5, "clip": True},
                "encoding": {"x": {"field": "gross", **x}, "tooltip": tips},
            },
            {"mark": {"type": "point", "size": 90, "filled": True, "opacity": 1, "color": "@accent"}, "encoding": {"x": {"field": "estimate", **x}, "tooltip": tips}},
        ],
    }  # fmt: skip


def _interval_table(group: HypothesisGroup, key: str, title: str) -> TableView:
    columns = (
        TableColumn("What"),
        *(TableColumn(name, "number") for name in ("Estimate", "95 % interval", "Gross", "Held against")),
        TableColumn("Answer"),
    )

    def row(name: str, each: Hypothesis) -> tuple[Cell, ...]:
        against = show_figure(each.threshold, each.unit) if each.threshold else "0"
        gross = Cell("", missing="none") if each.gross is None else Cell(show_figure(each.gross, each.unit))
        return (
            Cell(name), Cell(show_figure(each.estimate, each.unit)), Cell(show_interval(each.ci95, each.unit)), gross,
            Cell(f"above {against}"), Cell(str(each.verdict)),
        )  # fmt: skip

    return TableView(key, title, columns, tuple(row(name_of_row(each), each.hypothesis) for each in group.rows))


def months_chart(tested: TestedClaim) -> ChartView | None:
    """Return the verdict from figures up to each month; ``None`` where it was not asked for, or is not possible."""
    deciding = next((each for each in tested.hypotheses if each.decides), None)
    if len(tested.months) < 2 or deciding is None:
        return None
    divisor, unit = (
        (0.01, "%") if deciding.unit == RATIO else unit_of(max(abs(each.estimate or 0.0) for each in tested.months))
    )
    rows = [
        {
            "month": each.month,
            "name": month_name(each.month),
            "estimate": each.estimate / divisor
            if each.estimate is not None and each.verdict is not Verdict.NOT_TESTABLE
            else None,
            "low": None if each.ci95 is None else each.ci95[0] / divisor,
            "high": None if each.ci95 is None else each.ci95[1] / divisor,
            "threshold": deciding.threshold / divisor,
            "verdict": str(each.verdict),
            "said": "no estimate"
            if each.verdict is Verdict.NOT_TESTABLE
            else f"{show_figure(each.estimate, deciding.unit)} ({show_interval(each.ci95, deciding.unit)})",
        }
        for each in tested.months
    ]
    verdicts = [str(each) for each in Verdict]
    text = alt_months(tested.months, deciding.threshold, deciding.unit)
    title = "The verdict had one looked with the figures up to each month"
    y = {"type": "quantitative", "axis": {"title": _axis_title(unit, deciding.unit), "tickCount": 5, "format": NUMBER}}
    encoding: dict[str, Any] = {"field": "verdict", "type": "nominal", "legend": {"title": None}}
    mark: dict[str, Any] = {"type": "point", "size": 70, "filled": True, "opacity": 1}
    kinds: dict[str, Any] = {
        "color": {**encoding, "scale": {"domain": verdicts, "range": [_COLOURS[each] for each in Verdict]}},
        "shape": {**encoding, "scale": {"domain": verdicts, "range": [_SHAPES[each] for each in Verdict]}},
        "tooltip": tooltip([("name", "figures up to"), ("verdict", "verdict"), ("said", "estimate")]),
    }
    specification = {
        "height": 220,
        "encoding": {"x": {"field": "month", "type": "ordinal", "axis": {"labelAngle": 0, "labelOverlap": True, "labelExpr": "slice(datum.label, 5) == '01' || datum.index == 0 ? slice(datum.label, 0, 4) : ''"}}},
        "layer": [
            {"mark": {"type": "rule", "strokeDash": [4, 3], "color": "@muted"}, "encoding": {"x": None, "y": {"aggregate": "max", "field": "threshold", **y}}},
            {"mark": {"type": "rule", "strokeWidth": 1.5, "color": "@hub"}, "encoding": {"y": {"field": "low", **y}, "y2": {"field": "high"}}},
            {
                "transform": [{"filter": f"datum.verdict !== '{Verdict.NOT_TESTABLE}'"}],
                "mark": mark,
                "encoding": {"y": {"field": "estimate", **y}, **kinds},
            },
            {
                "transform": [{"filter": f"datum.verdict === '{Verdict.NOT_TESTABLE}'"}],
                "mark": mark,
                "encoding": {"y": {"value": 6}, **kinds},
            },
        ],
    }  # fmt: skip
    columns = (
        TableColumn("Figures up to"),
        TableColumn("Verdict"),
        TableColumn("Estimate and 95 % interval", "number"),
    )
    table = TableView(
        "months",
        title,
        columns,
        tuple((Cell(str(row["name"])), Cell(str(row["verdict"])), Cell(str(row["said"]))) for row in rows),
    )
    return ChartView(
        "months", title, text, compiled(specification, rows, text), table, height=16,
        figures=tuple(
            {
                "figures_up_to": each.month, "verdict": str(each.verdict), "estimate": each.estimate, "ci95_low": each.ci95[0] if each.ci95 else None,
                "ci95_high": each.ci95[1] if each.ci95 else None, "threshold": deciding.threshold, "unit": deciding.unit,
            }
            for each in tested.months
        ),
        basis=f"Figures of vintage {tested.as_of}, as revised since; of {deciding.goods}. Dashed: held against {show_figure(deciding.threshold, deciding.unit) if deciding.threshold else '0'}.",
        subtitle="Each point: figures up to its month. Upright lines: 95 % intervals. Months that cannot be tested stand on top.",
    )  # fmt: skip
