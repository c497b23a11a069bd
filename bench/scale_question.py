"""The question that is asked of a scale lake: 50 goods, one target, two windows; each round asks it of other months."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from scale_lakes import codes

EPISODE = "russia-2022"
TARGET = "RUS"


@dataclass(frozen=True)
class Question:
    """What is measured, in terms that a rival needs.

    Attributes:
        baseline: First and last month, such as ``2020-01:2021-12``.
        after: The same of the after-window.
        goods: Codes of the list.
        members: Economies of the coalition.
    """

    baseline: str
    after: str
    goods: tuple[str, ...]
    members: tuple[str, ...]

    def factors(self) -> list[tuple[dt.date, str, float]]:
        """Return (month, window, weight of a dollar in the yearly mean), the baseline matched to the after-window's months.

        A baseline month counts as often as its calendar month occurs in the after-window, shared among its years.
        """
        before, after = months(self.baseline), months(self.after)
        n_before, n_after = Counter(day.month for day in before), Counter(day.month for day in after)
        both = sum(count for month, count in n_after.items() if n_before[month])
        found = [(day, "baseline", n_after[day.month] / n_before[day.month] * 12 / both) for day in before]
        found += [(day, "after", 12 / both) for day in after]
        return [each for each in found if n_before[each[0].month] and n_after[each[0].month]]


def months(window: str) -> list[dt.date]:
    """Return the first days of the months of a window such as ``2020-01:2021-12``."""
    first, last = ((int(part[:4]) * 12 + int(part[5:7]) - 1) for part in window.split(":"))
    return [dt.date(number // 12, number % 12 + 1, 1) for number in range(first, last + 1)]


def question(number: int) -> Question:
    """Return the question of a round: no two of the first sixty have the same windows."""
    from stopgap.panel.episodes import load_episode

    start, later = number % 6, number // 6 % 10
    return Question(
        baseline=f"2020-{1 + start:02d}:2021-12",
        after=f"2022-{3 + later:02d}:2023-12",
        goods=tuple(codes()[:50]),
        members=tuple(sorted(load_episode(EPISODE).members())),
    )


def parquet_of(lake: Path) -> list[str]:
    """Return the Parquet files of a lake's trade."""
    from stopgap.lake.snapshot import take_snapshot

    return [str(path) for path in take_snapshot(lake).files]
