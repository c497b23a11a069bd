"""Waterfall chart of the loss: what was filled by whom, and what stayed unfilled.

One Altair specification feeds the page, the PDF and a notebook. Fills differ in
lightness, and every bar carries its figure, so the chart is legible in greyscale.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stopgap.briefs.charts.canvas import Chart
from stopgap.briefs.charts.glyphs import SEMIBOLD, face
from stopgap.briefs.charts.theme import ACCENT, FAINT, HATCH, HUB, INK, LOST, MUTED, SIZE, SMALL, WIDE, config
from stopgap.briefs.formats.text import percent, usd
from stopgap.briefs.vocabulary import Members, coalition_of, is_loss_known, name_of, words_of
from stopgap.briefs.wording import by_filled, filled_usd
from stopgap.measures.backfill.results import Finding

_ROW = 27
_BARS = 9


@dataclass(frozen=True)
class WaterfallBar:
    """One bar of the waterfall, from `start_usd` to `end_usd`."""

    label: str
    kind: str  # lost | filled | hub | rest | unfilled
    start_usd: float
    end_usd: float

    @property
    def value_usd(self) -> float:
        return self.end_usd - self.start_usd


_FILL = {"lost": LOST, "filled": ACCENT, "hub": HUB, "rest": ACCENT, "unfilled": HATCH}


def waterfall_steps(
    finding: Finding, names: Mapping[str, str], members: Members = None, *, bars: int = _BARS
) -> list[WaterfallBar]:
    """Bars of the waterfall: the loss, the `bars` largest suppliers that filled it, all others as one, the rest.

    Empty where the coalition lost nothing in any good.
    """
    words = words_of(finding)
    loss = finding.identity.loss_usd
    if loss <= 0:
        return []
    ranked = by_filled(finding)
    shown = ranked if len(ranked) <= bars + 1 else ranked[:bars]
    steps = [
        WaterfallBar(f"{coalition_of(finding, names, members).head} {words.member_traded} less", "lost", 0.0, loss)
    ]
    level = loss
    for row in shown:
        kind = "hub" if row.is_hub else "filled"
        steps.append(WaterfallBar(name_of(row.supplier, names), kind, level - filled_usd(row), level))
        level -= filled_usd(row)
    if len(ranked) > len(shown):
        rest = sum(filled_usd(row) for row in ranked[len(shown) :])
        label = f"{len(ranked) - len(shown)} other {words.actors}"
        steps.append(WaterfallBar(label, "rest", level - rest, level))
    steps.append(WaterfallBar(words.not_filled.capitalize(), "unfilled", 0.0, finding.identity.unfilled_usd))
    return steps


def no_loss_words(finding: Finding, names: Mapping[str, str], members: Members = None) -> str:
    """Sentence in place of the bars: there is no loss, or what was lost is not known."""
    words = words_of(finding)
    if not is_loss_known(finding):
        return "No member of the coalition has figures in both windows: what was lost is not known."
    subject = coalition_of(finding, names, members).subject
    return f"{subject} {words.member_traded} less of no good: there is no loss to fill."


def waterfall(finding: Finding, names: Mapping[str, str], *, width: int = WIDE, members: Members = None) -> Chart:
    """Draw the waterfall of a finding; a line of text where the coalition lost nothing."""
    import altair as alt

    steps = waterfall_steps(finding, names, members)
    if not steps:
        says = no_loss_words(finding, names, members)
        text = alt.Chart(alt.Data(values=[{"says": says}])).mark_text(align="left", color=MUTED)
        chart = alt.layer(text.encode(text="says:N", x=alt.value(0), y=alt.value(12)))
        return chart.properties(width=width, height=24, config=config())
    type_, strong = face(), face(SEMIBOLD)
    top = max(step.end_usd for step in steps)
    height = len(steps) * _ROW
    amounts = [usd(step.value_usd, currency=step.kind == "lost") for step in steps]
    shares = [
        "" if step.kind == "lost" else percent(step.value_usd / top) + (", hub" if step.kind == "hub" else "")
        for step in steps
    ]
    rooms = [strong.width(amount, SIZE) + 14 for amount in amounts]
    label_room = min(max(type_.width(step.label, SIZE) for step in steps) + 10, width * 0.36)
    right = width - max(room + type_.width(share, SMALL) for room, share in zip(rooms, shares, strict=True))
    usd_per_pixel = top / (right - label_room)
    rows = [
        {
            "label": type_.shorten(step.label, SIZE, label_room - 8),
            "from": step.start_usd,
            "to": step.end_usd,
            "value_usd": step.value_usd,
            "fill": _FILL[step.kind],
            "upper": i * _ROW + 5,
            "lower": (i + 1) * _ROW - 4,
            "middle": i * _ROW + _ROW / 2 + 1,
            "amount": amounts[i],
            "share": shares[i],
            "share_at": step.end_usd + rooms[i] * usd_per_pixel,
        }
        for i, step in enumerate(steps)
    ]
    # from the left end of each bar down to the next, which begins there
    links = [
        {"from": step.start_usd, "upper": (i + 1) * _ROW - 4, "lower": (i + 1) * _ROW + 5}
        for i, step in enumerate(steps[:-1])
        if step.kind != "lost"
    ]
    links.append({"from": top, "upper": _ROW - 4, "lower": _ROW + 5})
    along = alt.Scale(domain=[0, top], range=[label_room, right], nice=False)
    x = alt.X("from:Q", scale=along, axis=None)
    across = alt.Scale(domain=[0, height], range=[0, height], nice=False)
    y = alt.Y("upper:Q", scale=across, axis=None)
    middle = alt.Y("middle:Q", scale=across, axis=None)
    data = alt.Data(values=rows)
    tooltip = [alt.Tooltip("label:N", title="Step"), alt.Tooltip("value_usd:Q", title="USD", format=",.0f")]
    bars = alt.Chart(data).mark_rect().encode(
        x=x, x2="to", y=y, y2="lower", fill=alt.Fill("fill:N", scale=None, legend=None), tooltip=tooltip
    )  # fmt: skip
    joints = alt.Chart(alt.Data(values=links)).mark_rule(stroke=INK, strokeWidth=0.7).encode(x=x, y=y, y2="lower")
    zero = alt.Chart(alt.Data(values=[{"from": 0, "upper": 0, "lower": height}]))
    ground = zero.mark_rule(stroke=FAINT, strokeWidth=1).encode(x=x, y=y, y2="lower")
    labels = alt.Chart(data).mark_text(align="right", baseline="middle").encode(
        x=alt.value(label_room - 8), y=middle, text="label:N"
    )  # fmt: skip
    figures = alt.Chart(data).mark_text(align="left", baseline="middle", dx=6, fontWeight=600).encode(
        x=alt.X("to:Q", scale=along, axis=None), y=middle, text="amount:N"
    )  # fmt: skip
    parts = alt.Chart(data).mark_text(
        align="left", baseline="middle", fontSize=SMALL, color=MUTED
    ).encode(x=alt.X("share_at:Q", scale=along, axis=None), y=middle, text="share:N")  # fmt: skip
    chart = alt.layer(ground, bars, joints, labels, figures, parts)
    return chart.properties(width=width, height=height, config=config())
