"""Picture of the first page: what the coalition lost, and how much of it each other supplier filled.

Bars stand on one scale and follow one another from the left, so that together they are as long as the loss. Every bar
carries its name and figure; fills differ in lightness, hubs are named as such, and what is not filled is hatched.
"""

from __future__ import annotations

from dataclasses import dataclass

from stopgap.briefs.charts.canvas import Canvas
from stopgap.briefs.charts.glyphs import SEMIBOLD, face
from stopgap.briefs.charts.theme import ACCENT, HATCH, HUB, INK, LOST, MUTED, OTHER, WIDE
from stopgap.briefs.first_page.parties import parties
from stopgap.briefs.formats.text import percent, sentence_case, usd
from stopgap.briefs.model import BriefModel
from stopgap.briefs.vocabulary import is_substitution, name_of, words_of
from stopgap.briefs.wording import a_year, by_filled, filled_usd
from stopgap.measures.backfill.results import Finding

_NAMED = 4
"""Suppliers with a bar of their own; the others share one."""
_BESIDE = 500
"""Width in pixels from which names stand beside the bars; below, above them."""
_FILL = {"lost": LOST, "filled": ACCENT, "hub": HUB, "rest": OTHER, "unfilled": HATCH}
_NAME, _FIGURE = 15.0, 15.0


@dataclass(frozen=True)
class ReplacedBar:
    """One bar from `start_usd` to `end_usd`; `kind` is lost, filled, hub, rest or unfilled."""

    label: str
    kind: str
    start_usd: float
    end_usd: float

    @property
    def value_usd(self) -> float:
        return self.end_usd - self.start_usd


def replaced_bars(model: BriefModel) -> list[ReplacedBar]:
    """Bars from the top: the loss, the four suppliers that filled most, all others as one, what is not filled.

    Empty where the coalition lost nothing. The allocation of docs/methods/backfill.md: a rise beyond the loss of a good
    is not counted.
    """
    finding, names = model.headline, model.names
    words, loss = words_of(finding), finding.identity.loss_usd
    if loss <= 0 or finding.suspended.loss_usd <= 0:
        return []
    found = parties(finding, names, model.goods_titles, model.members)
    source = f" from {found.target}" if is_substitution(finding) else ""
    bars = [ReplacedBar(sentence_case(f"{found.coalition} {words.member_traded} less{source}"), "lost", 0.0, loss)]
    ranked = by_filled(finding)
    shown = ranked if len(ranked) <= _NAMED + 1 else ranked[:_NAMED]
    level = 0.0
    for row in shown:
        end = level + filled_usd(row)
        label = f"{name_of(row.supplier, names)}{' (hub)' if row.is_hub else ''}"
        bars.append(ReplacedBar(label, "hub" if row.is_hub else "filled", level, end))
        level = end
    if len(ranked) > len(shown):
        end = level + sum(filled_usd(row) for row in ranked[len(shown) :])
        bars.append(ReplacedBar(f"{len(ranked) - len(shown)} other {words.actors}", "rest", level, end))
    left = finding.identity.unfilled_usd
    bars.append(ReplacedBar(words.not_filled.capitalize(), "unfilled", loss - left, loss))
    return bars


def _figures(finding: Finding, bars: list[ReplacedBar]) -> list[tuple[str, str]]:
    """Amount and share of each bar; the loss has its unit instead of a share."""
    loss = bars[0].value_usd
    return [
        (usd(loss), a_year(finding).strip()),
        *(
            ("none", "")
            if usd(bar.value_usd) == usd(0)
            else (usd(bar.value_usd, currency=False), percent(bar.value_usd / loss))
            for bar in bars[1:]
        ),
    ]


def alt_replaced(model: BriefModel) -> str:
    """Alternative text of the picture, with its figures; empty where there is no loss."""
    bars = replaced_bars(model)
    if not bars:
        return ""
    figures = _figures(model.headline, bars)
    parts = [
        f"{bar.label} USD\u00a0{amount} ({share})" if share else f"{bar.label}: {amount}"
        for bar, (amount, share) in zip(bars[1:], figures[1:], strict=True)
    ]
    return f"Bars. {bars[0].label}: {' '.join(figures[0]).strip()}. Of that, {'; '.join(parts)}."


def replaced(model: BriefModel, *, width: int = WIDE) -> Canvas:
    """Draw the bars of a finding with a loss, `width` pixels wide; names stand above the bars where that is narrow."""
    bars = replaced_bars(model)
    figures = _figures(model.headline, bars)
    return _beside(bars, figures, width) if width >= _BESIDE else _above(bars, figures, width)


def _beside(bars: list[ReplacedBar], figures: list[tuple[str, str]], width: int) -> Canvas:
    type_, strong = face(), face(SEMIBOLD)
    tall, thick = 33.0, 21.0
    room = min(max(type_.width(bar.label, _NAME) for bar in bars) + 12, width * 0.36)
    ends = [strong.width(_first(pair), _FIGURE) + 8 + type_.width(_second(pair), _FIGURE) for pair in figures]
    right = width - max(ends) - 10
    canvas = Canvas(width, tall * len(bars))
    scale = (right - room) / bars[0].value_usd
    for i, (bar, pair) in enumerate(zip(bars, figures, strict=True)):
        top = i * tall + (tall - thick) / 2
        left, long = room + bar.start_usd * scale, bar.value_usd * scale
        canvas.text(room - 10, top + 15.5, type_.shorten(bar.label, _NAME, room - 12), align="right", size=_NAME)
        _bar(canvas, bar, left, top, long, thick)
        if 0 < i < len(bars) - 1 and bars[i + 1].value_usd > 0:
            canvas.line([(left + long, top + thick), (left + long, top + tall)], stroke=INK, width=0.7)
        at = left + max(long, 1.5) + 8
        canvas.text(at, top + 15.5, _first(pair), size=_FIGURE, weight=600)
        canvas.text(at + strong.width(_first(pair), _FIGURE) + 8, top + 15.5, _second(pair), size=_FIGURE, colour=MUTED)
    return canvas


def _above(bars: list[ReplacedBar], figures: list[tuple[str, str]], width: int) -> Canvas:
    type_, strong = face(), face(SEMIBOLD)
    tall, thick = 45.0, 17.0
    canvas = Canvas(width, tall * len(bars))
    scale = (width - 1) / bars[0].value_usd
    for i, (bar, pair) in enumerate(zip(bars, figures, strict=True)):
        base, top = i * tall + 17, i * tall + 23
        left, long = bar.start_usd * scale, bar.value_usd * scale
        second = type_.width(_second(pair), _FIGURE)
        room = width - strong.width(_first(pair), _FIGURE) - second - 18
        canvas.text(0, base, type_.shorten(bar.label, _NAME, room), size=_NAME)
        canvas.text(width - second, base, _second(pair), size=_FIGURE, colour=MUTED)
        gap = 8 if second else 0
        canvas.text(width - second - gap, base, _first(pair), align="right", size=_FIGURE, weight=600)
        _bar(canvas, bar, left, top, long, thick)
    return canvas


def _bar(canvas: Canvas, bar: ReplacedBar, left: float, top: float, long: float, thick: float) -> None:
    if bar.value_usd > 0:
        canvas.rect(left, top, max(long, 1.5), thick, fill=_FILL[bar.kind])


def _first(pair: tuple[str, str]) -> str:
    """The figure in bold: the share, or the amount of the loss."""
    return pair[0] if not pair[1].endswith("%") else pair[1]


def _second(pair: tuple[str, str]) -> str:
    return pair[1] if not pair[1].endswith("%") else pair[0]
