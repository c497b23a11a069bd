"""Growth elsewhere: drawn to the supplier's own where it is noise, kept where it is known."""

import numpy as np
import pytest

from stopgap.measures.statistics.growth import ControlSums, fit_growth


def sums(before, after):
    """Of cells (suppliers, destinations, goods)."""
    before, after = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    parts = (before, after, before**2, after**2, before * after)
    return ControlSums(*(part.sum(axis=1) for part in parts))


@pytest.mark.parametrize("size_sd", [0.0, 0.1, 1.0])  # destinations alike, nearly so, and not
@pytest.mark.parametrize(("growth_sd", "noise_sd", "least", "most"), [(0.5, 0.02, 0.9, 1.0), (0.0, 0.5, 0.0, 0.3)])
def test_a_growth_that_its_destinations_share_is_kept_and_noise_is_not(size_sd, growth_sd, noise_sd, least, most):
    rng = np.random.default_rng(2)
    before = 100 * np.exp(rng.normal(0, size_sd, (10, 30, 12)))
    true = np.exp(rng.normal(0, growth_sd, (10, 1, 12)))
    grown = fit_growth(sums(before, before * true * np.exp(rng.normal(0, noise_sd, before.shape))))
    assert least <= grown.good_weight.mean() <= most


def test_nothing_known_is_no_growth():
    grown = fit_growth(sums(np.zeros((2, 4, 3)), np.zeros((2, 4, 3))))
    assert (grown.factor == 1).all()
    assert not grown.is_known


def test_a_supplier_without_trade_elsewhere_borrows():
    before = np.array([[[100.0, 100.0]], [[0.0, 0.0]]])
    grown = fit_growth(sums(before, before * 2))
    assert grown.factor[1].tolist() == [2.0, 2.0]
    assert grown.is_borrowed.tolist() == [False, True]


def test_what_is_taken_out_of_the_control_is_in_no_growth():
    before, after = np.array([[[100.0], [100.0]]]), np.array([[[110.0], [300.0]]])
    grown = fit_growth(sums(before, after))
    at, taken = np.zeros(1, dtype=int), (np.array([100.0]), np.array([300.0]))
    own = 2.05 * (1.1 / 2.05) ** grown.own_weight[0]
    expected = own * (1.1 / own) ** grown.good_weight[0, 0]
    assert grown.factor_without(at, at, taken, taken) == pytest.approx(expected)


def test_a_growth_read_off_one_outlier_is_drawn_to_that_of_all():
    """A small supplier whose trade with one destination rose 500-fold: what it will do elsewhere is not told by that."""
    rng = np.random.default_rng(5)
    before = 1000 * np.exp(rng.normal(0, 0.5, (20, 40, 1)))
    after = before * np.exp(rng.normal(0.1, 0.1, (20, 1, 1)) + rng.normal(0, 0.1, before.shape))
    before[0], after[0] = 1.0, 1.1
    after[0, 0] = 5000.0
    grown = fit_growth(sums(before, after))
    assert grown.factor[0, 0] < 3
    assert np.abs(np.log(grown.factor[1:, 0] / (after[1:].sum(axis=1) / before[1:].sum(axis=1))[:, 0])).max() < 0.1
