"""Outputs that a page shows, held against what a command printed, and renewed from it; ``…`` stands for what is left out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import SequenceMatcher

CUT = "…"
LONGEST = 14
"""New lines in one place, above which they are left out."""

_TODAY = datetime.now(UTC).date()
VOLATILE = re.compile(
    "|".join(
        (
            r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|\+00:00)?",  # times
            rf"{_TODAY}|{_TODAY.year + 2}{_TODAY:-%m-%d}",  # today, and the last day of a key made today
            r"(?<!more than )\b\d+ days? old\b",  # ages
            r"(?:sha256:)?\b[0-9a-f]{64}\b|\d{5}(?:   \d{5}){3}",  # hashes, digits of fingerprints
            r"(?<=_)[0-9a-f]{8}(?=_TLP)",  # part of a finding's hash in a pack's name
            r"/\S*stopgap-page\S*",  # folder of the run
        )
    )
)
"""What is another in each run, or would be in a month."""


def plain(line: str) -> str:
    return " ".join(line.split())


def _pattern(line: str) -> re.Pattern[str]:
    """The line as a pattern: blanks are any blanks, each ``…`` is a group of its own."""
    parts = [r"\s+".join(map(re.escape, re.split(r"\s+", part))) for part in line.strip().split(CUT)]
    return re.compile("(.*?)".join(parts))


def _matches(shown: str, line: str) -> bool:
    return _pattern(shown).fullmatch(line.strip()) is not None


def _lines(text: str) -> list[str]:
    """Lines that hold something."""
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def _runs(shown: list[str]) -> list[list[str]]:
    """Shown lines in runs without a cut; a first or last run is empty where the text begins or ends with one."""
    runs: list[list[str]] = [[]]
    for line in shown:
        if line.strip() == CUT:
            runs.append([])
        else:
            runs[-1].append(line)
    return runs


def difference(shown: str, actual: str) -> str | None:
    """Return what the page shows and the output does not have, or ``None``.

    Lines follow each other as they do in the output, blank lines and widths of blanks apart; a line that is
    only ``…`` stands for any number of lines, ``…`` in a line for any text.
    """
    lines, runs, at = _lines(actual), _runs(_lines(shown)), 0
    for number, run in enumerate(runs):
        latest = len(lines) - len(run)
        starts = [0] if number == 0 else [latest] if number == len(runs) - 1 else range(at, latest + 1)
        start = next(
            (i for i in starts if at <= i <= latest and all(map(_matches, run, lines[i : i + len(run)]))), None
        )
        if start is None:
            absent = [line for line in run if not any(_matches(line, candidate) for candidate in lines[at:])]
            return f"the output does not have there: {(absent or run)[0].strip()}"
        at = start + len(run)
    return None if at == len(lines) or len(runs) > 1 else f"the page does not have: {lines[at].strip()}"


@dataclass(frozen=True)
class Renewed:
    """A shown output made new, and the lines of the page that the output no longer has."""

    text: str
    dropped: tuple[str, ...]


def renew(shown: str, actual: str) -> Renewed:
    """Return the shown output with the figures and the layout of ``actual``, cut where it was cut.

    Lines are paired by likeness, in order. What has no counterpart is dropped and named; new lines appear where
    nothing was cut; times, ages and durations are left out.
    """
    old, lines = _lines(shown), _lines(actual)
    if not old:
        return Renewed("".join(f"{_steady(line)}\n" for line in lines), ())
    kept = [line for line in old if line.strip() != CUT]
    pairs = _paired(kept, lines)
    cut_before = _cuts(old)
    out: list[str] = []
    at, is_cut = 0, False
    for number, line in enumerate(kept):
        is_cut = is_cut or number in cut_before
        if number not in pairs:
            continue
        out += _between(lines[at : pairs[number]], is_cut)
        out.append(_filled(line, lines[pairs[number]]))
        at, is_cut = pairs[number] + 1, False
    out += _between(lines[at:], is_cut or len(kept) in cut_before)
    dropped = tuple(line.strip() for number, line in enumerate(kept) if number not in pairs)
    return Renewed("".join(f"{line}\n" for line in out), dropped)


def _cuts(shown: list[str]) -> set[int]:
    """Numbers of the lines (cuts not counted) before which something is cut."""
    found, number = set(), 0
    for line in shown:
        if line.strip() == CUT:
            found.add(number)
        else:
            number += 1
    return found


def _between(lines: list[str], is_cut: bool) -> list[str]:
    """What stands between two lines of the page: a cut, or new lines."""
    if is_cut or len(lines) > LONGEST:
        return [CUT]
    return [_steady(line) for line in lines]


def _steady(line: str) -> str:
    return VOLATILE.sub(CUT, line)


def _likeness(shown: str, line: str) -> float:
    """1 where the line is as shown, else how many of their words are the same, and 0 below a third."""
    if _matches(shown, line):
        return 1.0
    ours, theirs = shown.split(), line.split()
    share = SequenceMatcher(None, ours, theirs, autojunk=False).ratio()
    share += 0.25 if ours[0] == theirs[0] else 0.0
    return min(share, 0.99) if share >= 0.34 else 0.0


def _paired(shown: list[str], lines: list[str]) -> dict[int, int]:
    """Number of a shown line -> number of its line in the output: the pairs in order whose likeness adds up to most."""
    best = [[0.0] * (len(lines) + 1) for _ in range(len(shown) + 1)]
    like = [[_likeness(one, other) for other in lines] for one in shown]
    for i in range(len(shown) - 1, -1, -1):
        for j in range(len(lines) - 1, -1, -1):
            here = like[i][j] + best[i + 1][j + 1] if like[i][j] else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], here)
    pairs: dict[int, int] = {}
    i = j = 0
    while i < len(shown) and j < len(lines):
        if like[i][j] and best[i][j] == like[i][j] + best[i + 1][j + 1]:
            pairs[i] = j
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _filled(shown: str, line: str) -> str:
    """The line of the output with the cuts of the shown one."""
    if CUT not in shown:
        return _steady(line)
    found = _pattern(shown).fullmatch(line.strip())
    if found is None:
        return _by_words(shown, line)
    text = line.strip()
    out, at = line[: len(line) - len(line.lstrip())], 0
    for start, end in (found.span(group) for group in range(1, found.re.groups + 1)):
        is_cell = text[end : end + 2] == "  "
        out += text[at:start] + (CUT.ljust(end - start) if is_cell else CUT)
        at = end
    return out + text[at:]


def _by_words(shown: str, line: str) -> str:
    """The same for a line whose words have changed: a cut word stays cut in its place."""
    ours, theirs = shown.split(), line.split()
    words: list[str] = []
    for tag, i, k, j, m in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        was_cut = tag == "replace" and any(CUT in word for word in ours[i:k])
        words += _cut_again(ours[i:k], theirs[j:m]) if was_cut else theirs[j:m]
    return _steady(" ".join(words))


def _cut_again(ours: list[str], theirs: list[str]) -> list[str]:
    """Words in place of others of which some were cut: those before and behind the cuts stay, one for one."""
    cut = [number for number, word in enumerate(ours) if CUT in word]
    before = min(cut[0], len(theirs) - 1)
    behind = min(len(ours) - 1 - cut[-1], len(theirs) - 1 - before)
    return [*theirs[:before], CUT, *theirs[len(theirs) - behind :]]
