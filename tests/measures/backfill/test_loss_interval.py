"""The interval of suspended trade: against statsmodels, by simulation in small, and where it is refused."""

import numpy as np
import pytest

from stopgap.measures.backfill.loss_interval import MemberSeries, fit_step, loss_interval

FIT_RTOL = 1e-6  # iterations of two solvers


def series(value, *, after, annual=False, reported=None):
    """One member's series of months (or years) in a row, the last ``after`` of them after the event."""
    value = np.atleast_2d(np.asarray(value, dtype=float))
    count = value.shape[1]
    return MemberSeries(
        value,
        np.ones(value.shape, dtype=bool) if reported is None else np.asarray(reported),
        np.arange(count),
        np.ones(count, dtype=int) if annual else np.arange(count) % 12 + 1,
        np.arange(count) >= count - after,
    )


def unrest(rng, count, *, rho=0.4, sd=0.18):
    errors = np.zeros(count)
    for at in range(1, count):
        errors[at] = rho * errors[at - 1] + rng.normal(0, sd)
    return np.exp(errors)


def test_the_fit_is_that_of_a_poisson_regression_on_month_dummies():
    sm = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(1)
    month, after = np.arange(44) % 12, np.arange(44) >= 36
    value = rng.gamma(4, 25, 44) * np.where(after, 0.3, 1.0)
    design = np.column_stack([after, *(month == at for at in range(12))]).astype(float)
    fitted = sm.GLM(value, design, family=sm.families.Poisson()).fit(tol=1e-12).mu
    assert fit_step(value, np.ones(44), month, after) == pytest.approx(fitted, rel=FIT_RTOL)


def test_a_steady_fall_has_an_interval_around_it():
    rng = np.random.default_rng(2)
    season = np.exp(0.3 * np.sin(np.arange(48) * np.pi / 6))
    value = 100 * season * unrest(rng, 48) * np.where(np.arange(48) >= 36, 0.3, 1.0)
    share = 1 - value[36:].sum() / (value[:36].reshape(3, 12).mean(axis=0).sum())
    (low, high), reason = loss_interval(series(value, after=12), share, is_annual=False)
    assert reason is None
    assert low < share < high < 1
    assert 0.02 < high - low < 0.4


@pytest.mark.parametrize(("baseline", "after", "rho"), [(36, 12, 0.4), (24, 6, 0.4), (36, 12, 0.0)])
def test_it_covers_what_it_says(baseline, after, rho):
    """150 worlds: an exact 99.9 % interval of a coverage of 0.95 is 0.88 to 0.99."""
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(150):
        count = baseline + after
        later = np.arange(count) >= baseline
        value = (
            100
            * np.exp(0.3 * np.sin(np.arange(count) * np.pi / 6))
            * unrest(rng, count, rho=rho)
            * np.where(later, 0.3, 1.0)
        )
        matched = value[:baseline].reshape(-1, 12).mean(axis=0)[np.arange(baseline, count) % 12].sum()
        (low, high), _ = loss_interval(series(value, after=after), 1 - value[later].sum() / matched, is_annual=False)
        hits += low <= 0.7 <= high
    assert 0.88 <= hits / 150 <= 0.995


def test_a_members_silence_is_no_fall():
    rng = np.random.default_rng(4)
    value = rng.gamma(50, 2, (2, 48)) * np.where(np.arange(48) >= 36, 0.5, 1.0)
    silent = np.ones((2, 48), dtype=bool)
    silent[1, 36:42] = False
    (low, high), _ = loss_interval(series(value, after=12, reported=silent), 0.5, is_annual=False)
    assert low < 0.5 < high
    assert high - low < 0.3


@pytest.mark.parametrize(
    ("value", "after", "share", "annual", "says"),
    [
        ([100, 110, 30], 1, 0.7, True, "annual figures need 5 baseline years"),
        ([100.0] * 10, 2, None, False, "no baseline"),
        ([100.0] * 36 + [0.0] * 12, 12, 1.0, False, "nothing is left"),
        ([100.0] * 12 + [50.0] * 2, 2, 0.5, False, "degrees of freedom"),
    ],
)
def test_where_it_cannot_be_had_it_says_why(value, after, share, annual, says):
    found, reason = loss_interval(series(value, after=after, annual=annual), share, is_annual=annual)
    assert found is None
    assert says in reason


def test_seven_years_are_enough():
    found, reason = loss_interval(series([100, 104, 97, 102, 99, 40, 35], after=2, annual=True), 0.62, is_annual=True)
    assert reason is None
    assert found[0] < 0.62 < found[1]


def test_months_that_never_vary_leave_an_interval_of_no_width():
    found, _ = loss_interval(series([100.0] * 36 + [30.0] * 12, after=12), 0.7, is_annual=False)
    assert found == pytest.approx((0.7, 0.7))


def test_no_members_no_interval():
    empty = MemberSeries(
        np.zeros((0, 48)), np.zeros((0, 48), bool), np.arange(48), np.arange(48) % 12, np.arange(48) >= 36
    )
    found, reason = loss_interval(empty, 0.5, is_annual=False)
    assert found is None
    assert "degrees of freedom" in reason
