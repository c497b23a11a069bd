"""Chart of how much of the loss was filled: one bar of the loss in dollars, with three marks on it.

The marks are what suppliers that sold more filled, what is left of it when those that sold less are counted, and what
they sold beyond their counterfactual. Their shares have different denominators, so the bar is drawn in dollars, and
each denominator is an end of the bar with its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stopgap.briefs.charts.canvas import Canvas, Scale, scale_over, whisker
from stopgap.briefs.charts.glyphs import REGULAR, SEMIBOLD, face
from stopgap.briefs.charts.theme import ACCENT, INK, LOST, MUTED, SIZE, SMALL, WIDE
from stopgap.briefs.formats.text import percent, usd
from stopgap.briefs.net.words import share_interval, with_interval
from stopgap.briefs.vocabulary import windows_named, words_of
from stopgap.briefs.wording import total_filled_usd
from stopgap.measures.backfill.results import Finding, Interval

_GROUND = "#dfe4e7"
_BEYOND_LOSS = "#f0f3f4"


@dataclass(frozen=True)
class LossEnd:
    """One end of the bar: a loss that shares are taken of, in US dollars a year."""

    label: str
    value_usd: float


@dataclass(frozen=True)
class LossMark:
    """One mark on the bar.

    Attributes:
        letter: ``a``, ``b`` or ``c``, by which the text refers to it.
        label: What it is, in two lines.
        value_usd: Where it stands, US dollars a year; ``None`` if it is not known.
        whole_usd: Denominator of ``share``; ``None`` if that loss is not above 0, or not defined.
        share: ``value_usd`` by ``whole_usd``, as the finding has it.
        ci95: 95 % interval of ``share``; ``None`` without one.
        has_interval: Whether the figure is an estimate, so that a missing interval must be said.
    """

    letter: str
    label: tuple[str, str]
    value_usd: float | None
    whole_usd: float | None
    share: float | None
    ci95: Interval = None
    has_interval: bool = False

    @property
    def ends_usd(self) -> Interval:
        """The interval as it lies on the bar: its shares of the denominator, in dollars."""
        if self.ci95 is None or self.whole_usd is None:
            return None
        return self.ci95[0] * self.whole_usd, self.ci95[1] * self.whole_usd


def loss_ends(finding: Finding) -> list[LossEnd]:
    """Losses above 0 that a mark is a share of, the smallest first; those that print alike once."""
    words, suspended = words_of(finding), finding.suspended
    before, after = windows_named(finding)
    found = [
        LossEnd(f"less {words.member_traded} in {after} than in {before}", suspended.loss_usd),
        LossEnd(f"in goods of which less was {words.member_traded}", finding.identity.loss_usd),
    ]
    if finding.backfill.symmetric_ratio is not None and suspended.counterfactual_loss_usd is not None:
        found.append(
            LossEnd(f"less than would have been {words.member_traded} since", suspended.counterfactual_loss_usd)
        )
    kept: dict[str, LossEnd] = {}
    for end in found:
        if end.value_usd > 0 and finding.suppliers:
            kept.setdefault(usd(end.value_usd), end)
    return sorted(kept.values(), key=lambda end: end.value_usd)


def loss_marks(finding: Finding) -> tuple[LossMark, LossMark, LossMark]:
    """Return the marks a, b and c; one without a value has ``None``."""
    words, backfill, suspended = words_of(finding), finding.backfill, finding.suspended
    positive, loss, known = finding.identity.loss_usd, suspended.loss_usd, bool(finding.suppliers)
    filled = total_filled_usd(finding) if known and positive > 0 else None
    net = finding.counterfactual.net_usd if known else None
    if backfill.symmetric_ratio is not None:
        whole, share, ci95 = suspended.counterfactual_loss_usd, backfill.symmetric_ratio, backfill.symmetric_ci95
    elif backfill.net_ratio is not None:
        whole, share, ci95 = loss, backfill.net_ratio, backfill.net_ci95
    else:
        whole, share, ci95 = None, None, None
    ratio = backfill.gross_ratio if known else None
    return (
        LossMark(
            "a",
            (f"{words.filled.capitalize()} by {words.actors}", f"that {words.traded} more"),
            filled,
            positive if filled is not None else None,
            None if filled is None else filled / positive,
        ),
        LossMark(
            "b",
            (f"Net of {words.actors}", f"that {words.traded} less"),
            sum(row.gain_usd for row in finding.suppliers) if known else None,
            loss if ratio is not None else None,
            ratio,
        ),
        LossMark(
            "c", ("Beyond what would", f"have been {words.traded} anyway"), net, whole, share, ci95, has_interval=True
        ),
    )


def has_bar(finding: Finding) -> bool:
    """Whether there is a loss to draw, and any mark on it."""
    return bool(loss_ends(finding)) and any(mark.value_usd is not None for mark in loss_marks(finding))


def share_words(mark: LossMark) -> str:
    """Share of a mark with its denominator: ``85 % of 30.9 bn``; or that none is defined."""
    if mark.share is None or mark.whole_usd is None:
        return "share not defined"
    return f"{percent(mark.share)} of {usd(mark.whole_usd, currency=False)}"


def interval_words(mark: LossMark) -> str:
    """Interval of a mark's share, ``no interval`` for an estimate without one; empty for a sum of reports."""
    if not mark.has_interval or mark.share is None:
        return ""
    return f"95\u00a0%: {share_interval(mark.ci95)}" if mark.ci95 is not None else "no interval"


def alt_filled(finding: Finding) -> str:
    """Alternative text with the ends of the bar and every mark."""
    ends = "; ".join(f"{usd(end.value_usd)} {end.label}" for end in loss_ends(finding))
    told = []
    for mark in loss_marks(finding):
        name = " ".join(mark.label)
        name = f"{mark.letter}, {name[0].lower()}{name[1:]}"
        if mark.value_usd is None:
            told.append(f"{name}: not known, no mark")
            continue
        interval = f" ({with_interval(mark.ci95)})" if mark.has_interval and mark.share is not None else ""
        told.append(f"{name}: {usd(mark.value_usd)}, {share_words(mark)}{interval}")
    return f"One bar of the loss, with three marks. Its ends: {ends}. {'; '.join(told)}."


def filled_scale(finding: Finding, left: float, right: float) -> Scale:
    """Scale from 0, or from the lowest mark below it, to the largest end, mark or interval."""
    marks = [mark for mark in loss_marks(finding) if mark.value_usd is not None]
    places = [0.0, *(end.value_usd for end in loss_ends(finding)), *(mark.value_usd or 0.0 for mark in marks)]
    return scale_over(places, [end for mark in marks for end in (mark.ends_usd or ())], left, right)


def filled_bar(finding: Finding, *, width: int = WIDE) -> Canvas:
    """Draw the bar with its marks; only where `has_bar`."""
    wide = width > 500
    size, small = (SIZE, SMALL) if wide else (12.0, 11.0)
    marks, ends = loss_marks(finding), loss_ends(finding)
    strong, regular = face(SEMIBOLD), face(REGULAR)
    left, right = 8.0, width - 8.0
    if wide:
        names = max(regular.width(line, size) for mark in marks for line in mark.label) + 36
        texts = [text for mark in marks for text in (share_words(mark), interval_words(mark))]
        amounts = [usd(mark.value_usd) for mark in marks if mark.value_usd is not None]
        room = max(*(regular.width(text, small) for text in texts), *(strong.width(text, size) for text in amounts))
        left, right = min(names, width * 0.3), width - min(room + 18, width * 0.26)
    scale = filled_scale(finding, left, right)
    pitch = 52.0 if wide else 62.0
    head = 17.0 * len(ends) + 6
    ground = head + pitch * len(marks)
    canvas = Canvas(width, ground + 4)
    _bar(canvas, finding, scale, (head, ground))
    _ends(canvas, ends, scale, head, size)
    strips = [(head, ground)] if wide else [(head + i * pitch + 20, head + i * pitch + 42) for i in range(len(marks))]
    for end in ends:
        for top, low in strips:
            canvas.line([(scale.x(end.value_usd), top), (scale.x(end.value_usd), low)], stroke=INK, width=1.2)
    for top, low in strips:
        canvas.line([(scale.x(0), top), (scale.x(0), low)], stroke=INK, width=1.2)
    for i, mark in enumerate(marks):
        _mark(canvas, mark, scale, head + i * pitch, (size, small))
    return canvas


def _bar(canvas: Canvas, finding: Finding, scale: Scale, span: tuple[float, float]) -> None:
    """Draw the ground: the loss against the baseline, and in a lighter tone what lies beyond it up to the last end."""
    top, low = span
    loss, last = max(finding.suspended.loss_usd, 0.0), loss_ends(finding)[-1].value_usd
    zero, at = scale.x(0), scale.x(min(loss, last))
    canvas.rect(zero, top, scale.x(last) - zero, low - top, fill=_BEYOND_LOSS)
    canvas.rect(zero, top, at - zero, low - top, fill=_GROUND)


def _ends(canvas: Canvas, ends: Sequence[LossEnd], scale: Scale, head: float, size: float) -> None:
    """Write the name of each end on a line of its own above the bar, the longest bar first, with a line down to it."""
    strong = face(SEMIBOLD)
    placed: list[tuple[float, float, float, str]] = []  # x of the end, where its text starts and stops, the text
    for end in reversed(ends):
        x = scale.x(end.value_usd)
        text = strong.shorten(f"{usd(end.value_usd)} {end.label}", size, canvas.width - 8)
        room = strong.width(text, size)
        start = min(max(x - room - 6, 0.0), canvas.width - room)
        placed.append((x, start, start + room, text))
    for i, (x, start, stop, text) in enumerate(placed):
        y = 12.0 + 17 * i
        canvas.text(start, y, text, size=size, weight=600)
        below = placed[i + 1 :]
        is_free = x >= stop and not any(low - 3 <= x <= high + 3 for _, low, high, _ in below)
        canvas.line([(x, y - 8 if is_free else head - 5), (x, head)], stroke=INK, width=1.2)


def _mark(canvas: Canvas, mark: LossMark, scale: Scale, top: float, sizes: tuple[float, float]) -> None:
    """Draw one mark with its letter, name and figures; without a value only the words."""
    size, small = sizes
    wide = canvas.width > 500
    middle = top + (26 if wide else 31)
    value = "not known" if mark.value_usd is None else usd(mark.value_usd)
    notes = [text for text in (share_words(mark), interval_words(mark)) if text and mark.value_usd is not None]
    if wide:
        for i, line in enumerate(mark.label):
            canvas.text(22, middle - 3 + 15 * i, face().shorten(line, size, scale.left - 30), size=size)
        canvas.text(2, middle - 3, mark.letter, size=size, weight=600)
        x = scale.right + 12
        canvas.text(x, middle - (10 if len(notes) > 1 else 3), value, size=size, weight=600)
        for i, text in enumerate(notes):
            canvas.text(x, middle + (5 if len(notes) > 1 else 12) + 14 * i, text, size=small, colour=MUTED)
    else:
        left = scale.x(0) + 5 if scale.x(0) < 40 else 14.0
        canvas.text(left, top + 14, mark.letter, size=size, weight=600)
        name = face().shorten(" ".join(mark.label), size, canvas.width - left - 14)
        canvas.text(left + 13, top + 14, name, size=size)
        text = face().shorten(", ".join([value, *notes]), small, canvas.width - left - 2)
        canvas.text(left, top + 56, text, size=small, colour=LOST)
    if mark.value_usd is None:
        return
    x = scale.x(mark.value_usd)
    canvas.line([(scale.x(0), middle), (x, middle)], stroke=ACCENT, width=5)
    if mark.ends_usd is not None:
        whisker(canvas, scale, mark.ends_usd, middle, INK)
    canvas.dot(x, middle, fill=ACCENT, size=190, shape="diamond" if mark.has_interval else "circle")
