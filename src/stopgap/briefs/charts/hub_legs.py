"""Paired bars of both legs of trade through each hub, before and after, all on one scale.

The bars say what was traded on each leg. They do not join the legs: whether the same goods passed is what the
comparison with chance asks.
"""

from __future__ import annotations

from dataclasses import dataclass

from stopgap.base.vocab import Direction
from stopgap.briefs.charts.canvas import Canvas
from stopgap.briefs.charts.glyphs import SEMIBOLD, face
from stopgap.briefs.charts.theme import ACCENT, FAINT, INK, MUTED, SIZE, SMALL, WIDE
from stopgap.briefs.formats.text import one_line, usd
from stopgap.briefs.model import BriefModel, RouteLeg
from stopgap.briefs.vocabulary import coalition_of, name_of, windows_named
from stopgap.briefs.wording import a_year

MOST_HUBS = 10
BEFORE = "#b4bec5"
"""Fill of the baseline's bar, CIE L* 76; that of the after-window is the accent, 44."""

_BAR = 9.0
NOT_REPORTED_BAR = "not reported"


def ranked_legs(model: BriefModel) -> list[RouteLeg]:
    """Return the legs sorted by trade out of the hub in the after-window, largest first; unreported ones last."""
    return sorted(
        model.legs, key=lambda leg: (leg.out_of_hub_after_usd is None, -(leg.out_of_hub_after_usd or 0), leg.hub)
    )


def drawn_legs(model: BriefModel) -> list[RouteLeg]:
    """The :data:`MOST_HUBS` first of the legs as ranked."""
    return ranked_legs(model)[:MOST_HUBS]


def leg_name(model: BriefModel, leg: RouteLeg) -> str:
    """Name of a leg's hub, the same as in every other table and sentence."""
    return name_of(leg.hub, model.names) if leg.hub in model.names else one_line(leg.hub_name)


def rise_usd(before: float | None, after: float | None) -> float | None:
    """Change of a leg in dollars; ``None`` where a window is missing."""
    return None if before is None or after is None else after - before


def rose_on_both(leg: RouteLeg) -> bool | None:
    """Whether trade rose on both legs; ``None`` where a missing window leaves it open."""
    rises = (
        rise_usd(leg.into_hub_baseline_usd, leg.into_hub_after_usd),
        rise_usd(leg.out_of_hub_baseline_usd, leg.out_of_hub_after_usd),
    )
    if any(rise is not None and rise <= 0 for rise in rises):
        return False
    return None if None in rises else True


def both_words(leg: RouteLeg) -> str:
    """State of a hub's legs: ``both rose``, ``not both rose``, or ``not known``."""
    return {True: "both rose", False: "not both rose", None: "not known"}[rose_on_both(leg)]


def route_ends(model: BriefModel) -> tuple[str, str]:
    """Names of the two ends of the routes, in the direction in which goods travel."""
    target = one_line(model.target_name)
    ends = (coalition_of(model.headline, model.names, model.members).head, target)
    return ends if model.direction == Direction.EXPORTS_TO_TARGET else (ends[1], ends[0])


@dataclass(frozen=True)
class LegPanel:
    """Place of one leg's bars: where they start, the room for them, and dollars by pixel."""

    left: float
    room: float
    usd_per_pixel: float

    def width(self, value: float) -> float:
        """Length of a bar in pixels; what was traded at all stays visible."""
        return max(value / self.usd_per_pixel, 1.0) if value > 0 else 0.0


def leg_panels(model: BriefModel, width: float) -> tuple[LegPanel, LegPanel]:
    """Return the panels of the first and the second leg, on one scale of dollars."""
    legs, type_ = drawn_legs(model), face()
    size = SMALL if width > 500 else 10.5
    names = 140.0 if width > 500 else 0.0
    texts_in = [_first_text(leg, after=after) for leg in legs for after in (False, True)]
    texts_out = [_amount(v) for leg in legs for v in (leg.out_of_hub_baseline_usd, leg.out_of_hub_after_usd)]
    room_in, room_out = (max(type_.width(t, size) for t in texts) + 8 for texts in (texts_in, texts_out))
    gap = 22.0 if width > 500 else 14.0
    bars = max(width - names - gap - room_in - room_out, 60.0)
    values_in = [v or 0.0 for leg in legs for v in (leg.into_hub_baseline_usd, leg.into_hub_after_usd)]
    values_in += [leg.into_hub_mirror_after_usd or 0.0 for leg in legs]
    values_out = [v or 0.0 for leg in legs for v in (leg.out_of_hub_baseline_usd, leg.out_of_hub_after_usd)]
    top_in, top_out = max(values_in), max(values_out)
    # each panel keeps room for its heading
    share = min(max(top_in / (top_in + top_out), 0.25), 0.75) if top_in + top_out else 0.5
    wide_in, wide_out = bars * share, bars * (1 - share)
    scale = max(top_in / wide_in, top_out / wide_out) or 1.0
    return LegPanel(names, wide_in, scale), LegPanel(names + wide_in + room_in + gap, wide_out, scale)


def _amount(value: float | None) -> str:
    return NOT_REPORTED_BAR if value is None else usd(value, currency=False)


def _first_text(leg: RouteLeg, *, after: bool) -> str:
    text = _amount(leg.into_hub_after_usd if after else leg.into_hub_baseline_usd)
    if after and leg.into_hub_mirror_after_usd is not None:
        text += f", hub {usd(leg.into_hub_mirror_after_usd, currency=False)}"
    return text


def hub_legs(model: BriefModel, *, width: int = WIDE) -> Canvas:
    """Draw both legs of each hub as paired bars on one scale: the baseline above, the after-window below it."""
    legs = drawn_legs(model)
    wide = width > 500
    size, small = (SIZE, SMALL) if wide else (12.0, 10.5)
    pitch = 37.0 if wide else 48.0
    head = 62.0 if wide else 78.0
    canvas = Canvas(width, head + len(legs) * pitch + 2)
    first, second = leg_panels(model, width)
    _legend(canvas, model)
    start, end = route_ends(model)
    strong = face(SEMIBOLD)
    for panel, title, stop in ((first, f"{start} to hub", second.left - 8), (second, f"Hub to {end}", float(width))):
        text = strong.shorten(title, size, stop - panel.left)
        canvas.text(panel.left, head - 8, text, size=size, weight=600)
    for i, leg in enumerate(legs):
        top = head + i * pitch
        bars = top + (6 if wide else 20)
        if i:
            canvas.line([(0, top - 1), (width, top - 1)], stroke=FAINT, width=0.6)
        _name(canvas, model, leg, top, size)
        _pair(canvas, first, (leg.into_hub_baseline_usd, leg.into_hub_after_usd), bars, small, leg)
        _pair(canvas, second, (leg.out_of_hub_baseline_usd, leg.out_of_hub_after_usd), bars, small)
    return canvas


def _pair(
    canvas: Canvas,
    panel: LegPanel,
    values: tuple[float | None, float | None],
    y: float,
    size: float,
    leg: RouteLeg | None = None,
) -> None:
    """Draw the two bars of a leg with their figures; on the first `leg` also the line of what the hub recorded."""
    canvas.line([(panel.left, y - 2), (panel.left, y + 2 * _BAR + 5)], stroke=INK, width=0.8)
    recorded = None if leg is None else leg.into_hub_mirror_after_usd
    for i, (value, fill) in enumerate(zip(values, (BEFORE, ACCENT), strict=True)):
        top = y + i * (_BAR + 3)
        room = 0.0 if value is None else panel.width(value)
        if value is not None:
            canvas.rect(panel.left, top, room, _BAR, fill=fill)
        text = _amount(value)
        if i and recorded is not None and leg is not None:
            text, at = _first_text(leg, after=True), panel.left + panel.width(recorded)
            canvas.line([(at, top - 2), (at, top + _BAR + 2)], stroke=INK, width=1.6)
            room = max(room, at - panel.left)
        canvas.text(panel.left + room + 5, top + 8.5, text, size=size, colour=MUTED if value is None else INK)


def _name(canvas: Canvas, model: BriefModel, leg: RouteLeg, top: float, size: float) -> None:
    strong, says = face(SEMIBOLD), both_words(leg)
    if canvas.width > 500:
        canvas.text(0, top + 15, strong.shorten(leg_name(model, leg), size, 130), size=size, weight=600)
        canvas.text(0, top + 29, says, size=SMALL, colour=MUTED)
    else:
        room = canvas.width - face().width(says, SMALL) - 10
        canvas.text(0, top + 14, strong.shorten(leg_name(model, leg), size, room), size=size, weight=600)
        canvas.text(canvas.width, top + 14, says, align="right", size=SMALL, colour=MUTED)


def _legend(canvas: Canvas, model: BriefModel) -> None:
    """Write which bar is which window, and the direct trade, which passes no hub."""
    suspended, x = model.headline.suspended, 0.0
    for fill, window in zip((BEFORE, ACCENT), windows_named(model.headline), strict=True):
        canvas.rect(x, 4, 12, 9, fill=fill)
        canvas.text(x + 17, 12.5, window, size=SMALL, colour=MUTED)
        x += 17 + face().width(window, SMALL) + 18
    if any(leg.into_hub_mirror_after_usd is not None for leg in drawn_legs(model)):
        canvas.line([(x, 2), (x, 15)], stroke=INK, width=1.6)
        canvas.text(x + 6, 12.5, "hub: as the hub recorded it", size=SMALL, colour=MUTED)
    text = f"Direct, without a hub: {usd(suspended.baseline_usd)}, then {usd(suspended.after_usd, currency=False)}{a_year(model.headline)}"
    canvas.text(0, 30.5, face().shorten(text, SMALL, canvas.width), size=SMALL, colour=MUTED)
