"""The parts of a change between two vintages, from made-up states."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.base.errors import IdentityError, UsageError
from stopgap.measures.backfill.gross import GrossCell, Roles
from stopgap.measures.revisions.causes import (
    check_rows,
    exact,
    figure_change,
    good_changes,
    headline_changes,
    release_summaries,
    settle_states,
    supplier_changes,
)
from stopgap.measures.revisions.results import ChangedRow, FigureChange, PeriodChange, figure_line, revision_table

ROLES = Roles({"DEU": "eu27"}, frozenset({"TUR"}))
CENT = 0.01


def cells(**after: float) -> list[GrossCell]:
    """Each supplier's after-figure, on a baseline of 100."""
    return [GrossCell(supplier, "854231", 100.0, value) for supplier, value in after.items()]


def parts(change: FigureChange) -> tuple[float | None, ...]:
    return (change.revised, change.withdrawn, change.new, change.basis)


def changed_row(supplier: str, effect: float | None, change: str = "revised") -> ChangedRow:
    return ChangedRow(
        change, supplier, "2023", "854231", "HS2017", "after", "comtrade", supplier, "RUS", "X",
        1.0, 2.0, effect, "v1", "v2", "r1", "r2",
    )  # fmt: skip


def test_each_step_is_one_part() -> None:
    states = settle_states(
        [cells(CHN=90), cells(CHN=95), cells(CHN=91), cells(CHN=94), cells(CHN=104)], [frozenset({"CHN"})] * 5
    )
    gain = next(change for change in supplier_changes(states, []) if change.figure == "gain_usd")
    assert parts(gain) == (5.0, -4.0, 3.0, 10.0)
    assert (gain.from_value, gain.to_value, gain.change) == (-10.0, 4.0, 14.0)


def test_a_supplier_that_was_silent_changes_through_the_basis_alone() -> None:
    everyone, before = frozenset({"CHN", "TUR"}), frozenset({"CHN"})
    states = settle_states(
        [cells(CHN=90), cells(CHN=90), cells(CHN=90), cells(CHN=90, TUR=130), cells(CHN=90, TUR=130)],
        [before, before, before, everyone, everyone],
    )
    turkey = {change.figure: parts(change) for change in supplier_changes(states, []) if change.subject == "TUR"}
    assert turkey == {
        "baseline_usd": (0.0, 0.0, 0.0, 100.0),
        "after_usd": (0.0, 0.0, 0.0, 130.0),
        "gain_usd": (0.0, 0.0, 0.0, 30.0),
    }


def test_a_supplier_that_fell_silent_leaves_through_the_basis_alone() -> None:
    everyone, rest = frozenset({"CHN", "TUR"}), frozenset({"CHN"})
    states = settle_states(
        [cells(CHN=90, TUR=130), cells(CHN=90, TUR=140), cells(CHN=90), cells(CHN=90), cells(CHN=90)],
        [everyone, everyone, rest, rest, rest],
    )
    after = next(c for c in supplier_changes(states, []) if (c.subject, c.figure) == ("TUR", "after_usd"))
    assert parts(after) == (0.0, 0.0, 0.0, -130.0)


def test_a_state_without_a_mean_leaves_the_figure_to_the_next() -> None:
    """All months are withdrawn and others come: without either there would be no mean."""
    counting, nobody = frozenset({"CHN"}), frozenset[str]()
    states = settle_states(
        [cells(CHN=90), cells(CHN=90), [], cells(CHN=70), cells(CHN=70)],
        [counting, counting, nobody, counting, counting],
    )
    after = next(change for change in supplier_changes(states, []) if change.figure == "after_usd")
    assert parts(after) == (0.0, 0.0, -20.0, 0.0)


def test_ratios_are_taken_in_each_state() -> None:
    states = settle_states(
        [cells(DEU=0, CHN=150), cells(DEU=50, CHN=150), *[cells(DEU=50, CHN=160)] * 3], [frozenset({"DEU", "CHN"})] * 5
    )
    by_figure = {change.figure: change for change in headline_changes(states, ROLES, [])}
    # A gain of 50 fills half of a loss of 100, all of one of 50; 60 fills 1.2 of it.
    assert parts(by_figure["gross_ratio"]) == pytest.approx((0.5, 0.2, 0.0, 0.0))
    assert parts(by_figure["loss_share"]) == pytest.approx((-0.5, 0.0, 0.0, 0.0))
    assert parts(by_figure["loss_usd"]) == (-50.0, 0.0, 0.0, 0.0)


def test_a_ratio_undefined_on_the_way_has_no_parts() -> None:
    states = settle_states(
        [cells(DEU=0, CHN=150), *[cells(DEU=100, CHN=150)] * 3, cells(DEU=50, CHN=150)], [frozenset({"DEU", "CHN"})] * 5
    )
    ratio = next(c for c in headline_changes(states, ROLES, []) if c.figure == "gross_ratio")
    assert (ratio.from_value, ratio.to_value) == (0.5, 1.0)
    assert (ratio.change, *parts(ratio)) == (None,) * 5
    assert figure_line(ratio) == "gross backfill: 50.00% to 100.00%, undefined"


def test_goods_hold_loss_and_gain_apart() -> None:
    states = settle_states(
        [
            [
                GrossCell("DEU", "854231", 9.0, 4.0),
                GrossCell("CHN", "854231", 1.0, 2.0),
                GrossCell("CHN", "854232", 1.0, 7.0),
            ]
        ]
        * 4
        + [
            [
                GrossCell("DEU", "854231", 9.0, 3.0),
                GrossCell("CHN", "854231", 1.0, 2.0),
                GrossCell("CHN", "854232", 1.0, 7.0),
            ]
        ],
        [frozenset({"DEU", "CHN"})] * 5,
    )
    found = {(c.subject, c.figure): c for c in good_changes(states, ROLES, [("CHN", "854232")])}
    assert found["854231", "loss_usd"].basis == 1.0
    assert found["854231", "gain_usd"].to_value == 1.0
    assert (found["854232", "gain_usd"].to_value, found["854232", "gain_usd"].rows) == (6.0, 1)


CENTS = st.integers(-(10**13), 10**13).map(lambda cents: cents / 100)


@given(st.lists(CENTS, min_size=5, max_size=5))
def test_parts_add_up_to_the_cent(values: list[float]) -> None:
    change = figure_change("CHN", "after_usd", [exact(value) for value in values])
    total = sum(part for part in parts(change) if part is not None)
    assert total == pytest.approx(values[-1] - values[0], abs=CENT / 2)
    assert change.change == pytest.approx(values[-1] - values[0], abs=CENT / 2)


SUPPLIERS = ("DEU", "CHN", "TUR", "ARE")
STATE = st.dictionaries(st.sampled_from(SUPPLIERS), st.tuples(CENTS, CENTS))


@given(st.lists(STATE, min_size=5, max_size=5), st.lists(st.sets(st.sampled_from(SUPPLIERS)), min_size=5, max_size=5))
def test_any_five_states_add_up(states: list[dict[str, tuple[float, float]]], silent: list[set[str]]) -> None:
    counted = [frozenset(set(state) - quiet) for state, quiet in zip(states, silent, strict=True)]
    settled = settle_states(
        [[GrossCell(name, "854231", *amounts) for name, amounts in state.items()] for state in states], counted
    )
    for change in (*supplier_changes(settled, []), *headline_changes(settled, ROLES, [])):
        if change.change is not None:
            found = sum(part for part in parts(change) if part is not None)
            assert found == pytest.approx(change.change, abs=CENT / 2, rel=1e-12)
        if change.subject in SUPPLIERS and not (change.subject in counted[0] and change.subject in counted[-1]):
            assert parts(change)[:3] == (0.0, 0.0, 0.0)


def test_rows_that_do_not_make_up_the_revised_part_are_refused() -> None:
    change = FigureChange("CHN", "after_usd", 90.0, 95.0, 5.0, 5.0, 0.0, 0.0, 0.0, rows=1)
    check_rows([change], [changed_row("CHN", 5.0)])
    with pytest.raises(IdentityError, match="revised rows of after_usd of CHN"):
        check_rows([change], [changed_row("CHN", 4.98)])


def test_rows_new_or_without_effect_are_no_part_of_what_was_revised() -> None:
    change = FigureChange("CHN", "after_usd", 90.0, 95.0, 5.0, 0.0, 5.0, 0.0, 0.0, rows=2)
    check_rows([change], [changed_row("CHN", 5.0, "new"), changed_row("CHN", None)])


def released(supplier: str, first: float | None, latest: float | None) -> PeriodChange:
    return PeriodChange(supplier, "2023-01", None, latest, 0.0, 0.0, 0.0, 0.0, "v1", first, latest, None)


def test_release_summaries_compare_like_with_like() -> None:
    rows = [released("CHN", 100.0, 103.0), released("CHN", 100.0, 103.4), released("CHN", 9.0, 9.0)]
    rows.append(released("DEU", 5.0, 5.0))
    china, germany = release_summaries(rows)
    assert (china.supplier, china.periods, china.periods_revised) == ("CHN", 3, 2)
    assert china.revised_share == pytest.approx(0.032)
    assert (germany.periods, germany.periods_revised, germany.revised_share) == (1, 0, None)


def test_a_supplier_first_released_at_zero_has_no_share() -> None:
    [row] = release_summaries([released("CHN", 0.0, 3.0)])
    assert row.revised_share is None


def test_another_by_is_refused() -> None:
    with pytest.raises(UsageError, match="no table by 'week'"):
        revision_table(None, by="week")  # type: ignore[arg-type]
