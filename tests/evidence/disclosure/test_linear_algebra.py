"""What follows from published figures: residues against fractions, and sums done by hand."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stopgap.evidence.disclosure.graph import Atom
from stopgap.evidence.disclosure.linear_algebra import CellRule, Intruder
from stopgap.evidence.disclosure.modular_rank import (
    PRIME,
    Echelon,
    combinations_within,
    fraction_of,
    is_sum,
    reduced_modulo,
)

WHO = ("DEU", "FRA", "JPN", "USA")
NO_RULE = CellRule(min_contributors=1, dominance=Fraction(1))

weights = st.integers(-3, 3)
systems = st.integers(1, 6).flatmap(
    lambda width: st.lists(st.lists(weights, min_size=width, max_size=width), min_size=1, max_size=5)
)


def rank(rows: list[list[int]]) -> int:
    """Rank over the rationals, by Gauss with fractions: what the residues are held against."""
    work, found = [[Fraction(value) for value in row] for row in rows], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((row for row in range(found, len(work)) if work[row][column]), None)
        if pivot is None:
            continue
        work[found], work[pivot] = work[pivot], work[found]
        for row in range(found + 1, len(work)):
            factor = work[row][column] / work[found][column]
            work[row] = [a - factor * b for a, b in zip(work[row], work[found], strict=True)]
        found += 1
    return found


def residues(row: list[int]) -> np.ndarray:
    return np.array([value % PRIME for value in row], dtype=np.int64)


@given(systems)
def test_the_form_has_the_rank_and_each_row_its_own_pivot(rows: list[list[int]]) -> None:
    form = Echelon(len(rows[0]), len(rows[0]), len(rows))
    for row in rows:
        residual = form.residual(residues(row))
        if residual.any():
            form.add(form.change(residual))
    assert len(form.pivots) == rank(rows)
    assert np.array_equal(form.rows[:, form.pivots], np.eye(len(form.pivots), dtype=np.int64))
    for row in rows:
        assert not form.residual(residues(row)).any()


@given(systems, st.sets(st.integers(0, 5)))
def test_combinations_within_are_as_many_as_there_can_be(rows: list[list[int]], inside: set[int]) -> None:
    independent: list[list[int]] = []
    for row in rows:
        if rank([*independent, row]) > len(independent):
            independent.append(row)
    if not independent:
        return
    outside = np.array([column not in inside for column in range(len(rows[0]))])
    found = combinations_within(np.array([residues(row) for row in independent]), outside)
    kept = [[value for value, out in zip(row, outside, strict=True) if out] for row in independent]
    assert len(found) == len(independent) - rank(kept)
    assert all(row.any() and not row[outside].any() for row in found)


@given(st.integers(0, PRIME - 1), st.integers(0, PRIME - 1), st.integers(0, PRIME - 1))
@example(PRIME - 1, PRIME - 1, PRIME - 1)
def test_products_are_brought_back(one: int, other: int, more: int) -> None:
    got = reduced_modulo(np.array([one * other + more], dtype=np.int64))
    assert int(got[0]) == (one * other + more) % PRIME


@given(st.integers(-30_000, 30_000), st.integers(1, 30_000))
def test_small_fractions_come_back(top: int, bottom: int) -> None:
    residue = top * pow(bottom, -1, PRIME) % PRIME
    assert fraction_of(residue) == Fraction(top, bottom)


def test_a_sum_is_told_exactly() -> None:
    assert is_sum({0: 2, 1: 1}, [(Fraction(1, 2), {0: 4, 1: 1}), (Fraction(1, 2), {1: 1})])
    assert not is_sum({0: 2, 1: 1 + PRIME}, [(Fraction(1), {0: 2, 1: 1})])


def atoms(values: str | list[float | None], who: str | None = None) -> list[Atom]:
    """Rows a, b, c … with values, of contributors of their own or of those named letter by letter."""
    names = "abcdefgh"[: len(values)]
    return [
        Atom(name, "rows", letter, None if value is None else float(value))
        for name, letter, value in zip(names, who or names, values, strict=True)
    ]


def reader(rows: list[Atom], figures: dict[str, str], rule: CellRule = NO_RULE, hidden: str | None = None) -> Intruder:
    """Who knows none of the rows; a figure is the letters it sums up."""
    return Intruder(
        rows,
        frozenset(atom.id for atom in rows) if hidden is None else frozenset(hidden),
        {name: dict.fromkeys(letters, 1) for name, letters in figures.items()},
        rule,
    )


def publish(reader: Intruder, *names: str) -> None:
    for name in names:
        reader.publish(name, reader.trial(name))


def test_a_total_and_the_total_without_one_row_reveal_that_row() -> None:
    one = reader(atoms([10, 20, 30]), {"total": "abc", "others": "bc"})
    assert not one.trial("total").reveals
    publish(one, "total")
    assert one.trial("others").reveals


def test_rows_that_no_figure_tells_apart_are_not_revealed() -> None:
    one = reader(atoms([10, 20, 30, 40]), {"total": "abcd", "half": "cd"})
    publish(one, "total")
    assert not one.trial("half").reveals


def test_three_figures_can_reveal_what_no_two_do() -> None:
    # ab + bc - ac = 2b
    one = reader(atoms([10, 20, 30]), {"ab": "ab", "bc": "bc", "ac": "ac"})
    publish(one, "ab", "bc")
    assert one.trial("ac").reveals


def test_a_protected_figure_is_not_completed() -> None:
    one = reader(atoms([10, 20, 30, 40]), {"secret": "abcd", "first": "ab", "second": "cd"})
    one.forget([one.figures["secret"].vector])
    publish(one, "first")
    assert one.trial("second").reveals


def test_what_follows_already_adds_nothing() -> None:
    one = reader(atoms([10, 20, 30, 40]), {"all": "abcd", "first": "ab", "second": "cd"})
    publish(one, "first", "second")
    assert one.trial("all").adds_nothing


RULE = CellRule(3, Fraction(17, 20))


@pytest.mark.parametrize(
    ("nets", "small"),
    [
        ([10, 10, 10], False),
        ([10, 10], True),
        ([10, 10, 0], True),  # a part of 0 hides nobody
        ([85, 10, 5], False),  # exactly 85 %
        ([86, 10, 4], True),
        ([-86, 10, 4], True),
        ([0, 0, 0], True),  # a sum of 0 over rows that are not negative shows each
        ([], True),
    ],
)
def test_threshold_and_dominance(nets: list[int], small: bool) -> None:
    assert RULE.is_small(nets) is small


def test_a_difference_of_two_contributors_is_a_small_cell() -> None:
    one = reader(atoms([10, 11, 12, 13, 14]), {"all": "abcde", "three": "cde"}, RULE)
    publish(one, "all")
    trial = one.trial("three")
    assert not trial.reveals
    assert trial.small


def test_a_difference_that_one_contributor_dominates_is_a_small_cell() -> None:
    rows = atoms([1000, 1, 2, 13, 14, 15])
    one = reader(rows, {"all": "abcdef", "rest": "def"}, RULE)
    publish(one, "all")
    assert one.trial("rest").small
    even = reader(atoms([3, 1, 2, 13, 14, 15]), {"all": "abcdef", "rest": "def"}, RULE)
    publish(even, "all")
    assert not even.trial("rest").small


def test_a_cell_of_two_that_only_three_figures_give_is_found() -> None:
    # abcd + efgh - cdefgh is ab; no two of them differ by fewer than three
    figures = {"one": "abcd", "two": "efgh", "most": "cdefgh"}
    one = reader(atoms([10, 11, 12, 13, 14, 15, 16, 17]), figures, RULE)
    publish(one, *figures)
    columns = 3  # ab, cd and efgh, which no figure tells apart
    cells = one.small_cells()
    assert len(cells) == 2, "with ab goes cd, which is the rest of the first"
    for cell in cells:
        assert np.count_nonzero(cell[:columns]) == 1
        assert np.count_nonzero(cell[columns : columns + 8]) == 2


def brute_small_cells(rows: list[list[int]], who: list[str], size: int) -> bool:
    """Whether any combination rests on few contributors: over all sets of them, by ranks."""
    independent = rank(rows)
    for some in combinations(sorted(set(who)), min(size, len(set(who)))):
        kept = [[value for value, name in zip(row, who, strict=True) if name not in some] for row in rows]
        if independent and (rank(kept) if kept[0] else 0) < independent:
            return True
    return False


figures_of = st.lists(st.sets(st.integers(0, 5), min_size=1), min_size=1, max_size=5)


@settings(max_examples=200)
@given(figures_of, st.lists(st.sampled_from(WHO), min_size=6, max_size=6))
def test_small_cells_are_those_of_brute_force(figures: list[set[int]], who: list[str]) -> None:
    rows = [Atom(str(place), "rows", name, 100.0 + 7 * place) for place, name in enumerate(who)]
    one = Intruder(
        rows,
        frozenset(atom.id for atom in rows),
        {str(number): {str(place): 1 for place in figure} for number, figure in enumerate(figures)},
        CellRule(3, Fraction(1)),
    )
    publish(one, *one.figures)
    matrix = [[int(place in figure) for place in range(6)] for figure in figures]
    assert bool(one.small_cells()) == brute_small_cells(matrix, who, 2)


@settings(max_examples=200)
@given(figures_of, st.lists(st.sets(st.integers(0, 5), min_size=1), max_size=3))
def test_a_reader_never_gets_what_is_protected(figures: list[set[int]], secrets: list[set[int]]) -> None:
    """Everything that a trial lets through is published; then ranks over fractions are asked about each protected one."""
    rows = [Atom(str(place), "rows", str(place), 1.0 + place) for place in range(6)]
    named = {f"f{number}": figure for number, figure in enumerate(figures)}
    named |= {f"s{number}": figure for number, figure in enumerate(secrets)}
    one = Intruder(
        rows,
        frozenset(str(place) for place in range(3)),  # the other three may be known
        {name: {str(place): 1 for place in figure} for name, figure in named.items()},
        NO_RULE,
    )
    one.forget(one.figures[f"s{number}"].vector for number in range(len(secrets)))
    published: list[list[int]] = []
    protected = [[int(place == only) for place in range(6)] for only in range(3)]
    protected += [[int(place in figure) for place in range(6)] for figure in secrets]
    for number, figure in enumerate(figures):
        trial = one.trial(f"f{number}")
        row = [int(place in figure) for place in range(6)]
        would = any(rank([*published, row, each]) == rank([*published, row]) for each in protected)
        assert trial.reveals == would
        if not trial.reveals:
            one.publish(f"f{number}", trial)
            published.append(row)


def test_where_a_block_is_taken_back_all_is_as_before() -> None:
    one = reader(atoms([10, 20, 30, 40]), {"all": "abcd", "first": "ab", "odd": "ac", "again": "abcd"})
    publish(one, "all")
    state = one.state()
    publish(one, "first")
    one.restore(state)
    assert one.trial("first").change is not None
    publish(one, "odd")
    assert one.trial("again").adds_nothing
