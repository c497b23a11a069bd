"""Who is missing, what a nowcast is scaled by, and past nowcasts redone: sums by hand on three suppliers."""

from types import SimpleNamespace

import numpy as np
import pytest

from stopgap.measures.nowcast.nowcasting import NEVER, Nowcaster, Reports
from stopgap.measures.nowcast.window_figures import PastWindow, WindowFigure, scaled


class Sums:
    """Figures that can be added up by hand: each supplier's mean over its months seen, of net and of loss."""

    def __init__(self, net, loss):
        self.net, self.loss = np.array(net, dtype=float), np.array(loss, dtype=float)
        self.world = SimpleNamespace(usable=lambda columns, seen: seen)

    def of(self, columns, seen):
        count = np.maximum(seen.sum(axis=1), 1)
        net, loss = (float(((part[:, columns] * seen).sum(axis=1) / count).sum()) for part in (self.net, self.loss))
        return WindowFigure(net, loss, net / loss, (net / loss - 0.2, net / loss + 0.3)) if loss > 0 else WindowFigure()


def reports(*lasts, months=8):
    """Suppliers that reported up to a month (its number, from 0)."""
    return Reports(np.arange(months)[None, :] <= np.array(lasts)[:, None], np.ones(len(lasts), dtype=bool))


STEADY = Sums(np.outer([0.0, 6.0, 2.0], np.ones(8)), np.outer([10.0, 0.0, 0.0], np.ones(8)))


def test_scaling_by_hand():
    past = [PastWindow(2.0, 5.0, 6.0, 10.0), PastWindow(3.0, 5.0, 5.0, 10.0)]
    # Loss: 4 by 20/10. The late ones added 4 + 2 of a loss of 20: 0.3 of 8.
    assert scaled(WindowFigure(1.0, 4.0, 0.25), past) == pytest.approx((1.0 + 0.3 * 8.0, 8.0))


@pytest.mark.parametrize(
    ("early", "past"),
    [
        (WindowFigure(1.0, 4.0), []),
        (WindowFigure(), [PastWindow(2.0, 5.0, 6.0, 10.0)]),
        (WindowFigure(1.0, -4.0), [PastWindow(2.0, 5.0, 6.0, 10.0)]),
        (WindowFigure(1.0, 4.0), [PastWindow(2.0, -5.0, 6.0, 10.0)]),
    ],
)
def test_nothing_is_scaled_by_what_is_not_there(early, past):
    assert scaled(early, past) is None


def test_months_that_all_reported_are_final():
    found = Nowcaster(STEADY, reports(7, 7, 7), 1).all()
    assert len(found) == 8
    assert not any(row.is_nowcast for row in found)
    assert all(row.ratio == pytest.approx(0.8) and row.final_ci95 is None for row in found)
    assert found[0].ci95 == pytest.approx((0.6, 1.1))


def test_a_steady_world_is_nowcast_without_error():
    *before, last = Nowcaster(STEADY, reports(7, 6, 7), 1).all()
    assert not any(row.is_nowcast for row in before)
    assert last.missing.tolist() == [False, True, False]
    assert last.early.ratio == pytest.approx(0.2)  # without the one that sold most
    assert (last.net_usd, last.loss_usd, last.ratio) == pytest.approx((8.0, 10.0, 0.8))
    # Every month before it but the first, which has no month before it to be scaled by.
    assert last.past_months == (1, 2, 3, 4, 5, 6)
    assert last.past.rmse == pytest.approx(0.0)


def test_a_reporter_two_months_late_is_missing_twice_and_judged_as_late_as_it_is():
    found = Nowcaster(STEADY, reports(7, 5, 7), 1).all()
    assert [row.is_nowcast for row in found] == [False] * 6 + [True] * 2
    one, two = found[-2:]
    assert one.past_months == (1, 2, 3, 4, 5)
    # Two months late: the nowcast of month 2 could be scaled by month 0 alone.
    assert two.past_months == (2, 3, 4, 5)


def test_past_nowcasts_use_what_was_known_then():
    net = np.outer([0.0, 1.0, 2.0], np.ones(8))
    net[1] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    found = Nowcaster(Sums(net, STEADY.loss), reports(7, 6, 7), 1).all()[-1]
    # The late one's share of the loss was .1 to .7, .4 on average.
    assert found.ratio == pytest.approx(0.2 + 0.4)
    # For month t: the mean of months 0 to t-1 is (t + 1) / 2 · .1, less t + 1 · 1 in the end.
    assert found.past.errors == pytest.approx([((t + 1) / 2 - (t + 1)) * 0.1 for t in range(1, 7)])
    assert found.ci95[0] == pytest.approx(found.ratio - np.hypot(0.2, found.past.half_width))
    assert found.ci95[1] == pytest.approx(found.ratio + np.hypot(0.3, found.past.half_width))


def test_a_late_reporters_other_months_of_the_window_count():
    found = Nowcaster(STEADY, reports(7, 6, 7), 3).all()[-1]
    assert found.is_nowcast
    assert found.early.ratio == pytest.approx(0.8)  # its mean over two of three months
    assert found.ratio == pytest.approx(0.8)


def test_a_gap_is_missing_only_where_no_month_of_the_window_is_left():
    now = reports(7, 7, 7)
    now.known[1, 4] = False
    assert [row.is_nowcast for row in Nowcaster(STEADY, now, 1).all()] == [month == 4 for month in range(8)]
    assert not any(row.is_nowcast for row in Nowcaster(STEADY, now, 3).all())


def test_who_does_not_trade_with_the_target_is_not_missed():
    now = reports(7, 7, 3)
    found = Nowcaster(STEADY, Reports(now.known, np.array([True, True, False])), 1).all()
    assert not any(row.is_nowcast for row in found)


def test_a_month_that_was_complete_in_time_is_not_redone():
    # Vintage t + 1 brings month t of all but supplier 1, who is one vintage late, and in time for month 5 alone.
    month = np.arange(8)
    arrived = np.tile(month + 1, (3, 1))
    arrived[1] += 1
    arrived[1, 5] = 6
    now = reports(7, 6, 7)
    arrived[~now.known] = NEVER
    by_vintage = Nowcaster(STEADY, now, 1, arrived).all()[-1]
    assert by_vintage.past_months == (1, 2, 3, 4, 6)  # month 5 was complete when it was the newest
    assert by_vintage.past.rmse == pytest.approx(0.0)
    assert Nowcaster(STEADY, now, 1).all()[-1].past_months == (1, 2, 3, 4, 5, 6)


def test_vintages_decide_who_was_late():
    # Supplier 2 was late in the past, supplier 1 is late now.
    net = np.outer([0.0, 6.0, 2.0], np.ones(8))
    net[2] = [2.0, 2.0, 2.0, 2.0, 2.0, 2.0, 12.0, 2.0]
    arrived = np.tile(np.arange(8) + 1, (3, 1))
    arrived[2, :7] += 1
    now = reports(7, 6, 7)
    arrived[~now.known] = NEVER
    by_vintage = Nowcaster(Sums(net, STEADY.loss), now, 1, arrived).all()[-1]
    # In month 6 supplier 2 was expected to add .2 of the loss, and added 1.2.
    assert by_vintage.past.errors[-1] == pytest.approx(-1.0)
    assert Nowcaster(Sums(net, STEADY.loss), now, 1).all()[-1].past.errors == pytest.approx([0.0] * 6)


def test_without_a_month_that_all_reported_there_is_no_nowcast():
    now = reports(7, 7, 7)
    now.known[1] = False
    found = Nowcaster(STEADY, now, 1).all()
    assert all(row.is_nowcast and row.ratio is None and row.ci95 is None for row in found)
