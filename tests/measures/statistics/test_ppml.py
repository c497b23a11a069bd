"""The general Poisson fit: against statsmodels, on what it drops, and where it must refuse."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from stopgap.base.errors import UsageError
from stopgap.measures.statistics.ppml import fit_effects, fit_poisson, fit_target, panel_of
from stopgap.measures.statistics.separation import codes_of

NAMES = ("supplier", "destination", "good", "period", "value_usd", "is_sanctioned", "is_post")


def panel_table(seed: int = 5, periods: int = 4) -> pa.Table:
    rng = np.random.default_rng(seed)
    shape = 3, 4, 4, periods
    i, j, k, t = (axis.ravel() for axis in np.meshgrid(*(range(n) for n in shape), indexing="ij"))
    sanctioned, post = k < 2, t >= periods // 2
    mean = np.exp(2 + rng.normal(0, 1, shape[:3])[i, j, k] + 0.5 * (j == 0) * sanctioned * post)
    value = rng.poisson(mean * rng.gamma(2, 0.5, i.size)).astype(float)
    names = np.array(["RUS", "AAA", "BBB", "CCC"])[j]
    return pa.table(dict(zip(NAMES, (i.astype(str), names, k.astype(str), t, value, sanctioned, post), strict=True)))


def test_it_agrees_with_statsmodels_in_effects_and_clustered_errors() -> None:
    """Effects to 1e-6, and errors: both are sums of the same scores, so to 1e-5."""
    sm = pytest.importorskip("statsmodels.api")
    panel, destinations = panel_of(panel_table())
    target = destinations.index("RUS")
    fit = fit_target(panel, target=target)
    assert fit.dropped.separation_searched

    effects = panel.effects()
    from stopgap.measures.statistics.separation import separated, usable_rows

    treated = ((panel.destination == target) & panel.is_post & panel.is_sanctioned).astype(float)
    kept = usable_rows(panel.value_usd, list(effects.values())).keep
    rows = np.flatnonzero(kept)
    rows = rows[~separated(panel.value_usd[rows], treated[rows, None], [codes[rows] for codes in effects.values()])]
    columns = []
    for codes in effects.values():
        _, level = np.unique(codes[rows], return_inverse=True)
        columns.append(np.eye(level.max() + 1)[level])
    # Dummies of several effects are collinear: any basis of their span gives the regressor the same effect.
    left, strength, _ = np.linalg.svd(np.hstack(columns), full_matrices=False)
    basis = np.hstack([treated[rows, None], left[:, strength > 1e-9 * strength[0]]])
    pair = codes_of(panel.supplier[rows], panel.destination[rows])
    model = sm.GLM(panel.value_usd[rows], basis, family=sm.families.Poisson())
    reference = model.fit(
        tol=1e-12, maxiter=200, cov_type="cluster", cov_kwds={"groups": pair, "use_correction": False}
    )
    clusters = len(np.unique(pair))
    assert fit.observations == len(rows)
    assert fit.beta == pytest.approx(reference.params[0], abs=1e-6)
    # The book's factor G/(G-1), and (N-1)/(N-1) with one regressor counted.
    expected = reference.bse[0] * np.sqrt(clusters / (clusters - 1))
    assert fit.clustered_se["target"] == pytest.approx(expected, rel=1e-5)


def test_what_is_dropped_is_counted_and_changes_nothing() -> None:
    table = panel_table()
    extra = {
        "supplier": ["9"] * 8, "destination": ["RUS", "AAA"] * 4, "good": ["0"] * 8, "period": [0, 0, 1, 1, 2, 2, 3, 3],
        "value_usd": [0.0] * 8, "is_sanctioned": [True] * 8, "is_post": [False] * 4 + [True] * 4,
    }  # fmt: skip
    both = pa.concat_tables([table, pa.table(extra).cast(table.schema)])
    one, other = (panel_of(each) for each in (table, both))
    alone, together = (fit_target(panel, target=names.index("RUS")) for panel, names in (one, other))
    assert together.dropped.zero_groups == alone.dropped.zero_groups + 8
    assert together.beta == pytest.approx(alone.beta, abs=1e-9)


VALUE = np.array([4.0, 2.0, 3.0, 5.0, 6.0, 1.0])
GROUP = {"g": np.array([0, 0, 1, 1, 2, 2])}


@pytest.mark.parametrize(
    ("value", "column", "says"),
    [
        (VALUE, [0, 0, 0, 0, 0, 0], "no usable observation bears on the effect of x"),
        (VALUE, [1, 1, 1, 1, 1, 1], "nothing to compare the effect of x with"),
        (VALUE, [1, 1, 0, 0, 0, 0], "the fixed effects absorb x"),
        (np.zeros(6), [1, 0, 1, 0, 1, 0], "no observation is left"),
        (np.array([0.0, 2, 0, 3, 0, 4]), [1, 0, 1, 0, 1, 0], "no observation is left"),
    ],
    ids=["none", "all", "absorbed", "all zeros", "separated"],
)
def test_an_effect_that_cannot_be_had_is_none_with_a_reason(
    value: np.ndarray[tuple[int], np.dtype[np.float64]], column: list[int], says: str
) -> None:
    fit = fit_poisson(value, {"x": np.array(column)}, GROUP)
    assert fit.effects == {}
    assert says in fit.reason


def test_one_cluster_gives_no_clustered_error() -> None:
    fit = fit_poisson(VALUE, {"x": np.array([1.0, 0, 1, 0, 0, 1])}, GROUP, (np.zeros(6, dtype=np.int64),))
    assert fit.clustered_se == {"x": None}


def test_what_is_no_poisson_outcome_is_refused() -> None:
    for bad in (-1.0, np.nan, np.inf):
        with pytest.raises(UsageError, match="0 or more"):
            fit_poisson(np.array([1.0, bad]), {"x": np.array([0.0, 1.0])}, {"g": np.array([0, 0])})
    with pytest.raises(UsageError, match="3 ways"):
        fit_poisson(VALUE, {"x": VALUE}, GROUP, (GROUP["g"],) * 3)


def test_a_tenth_of_a_fit_is_not_taken_for_one() -> None:
    panel, names = panel_of(panel_table())
    absorbed = {"supplier": (panel.supplier == 0).astype(float)}
    fit = fit_effects(panel, absorbed, panel.effects())
    assert fit.effects == {}
    assert "absorb" in fit.reason
    assert names == ("AAA", "BBB", "CCC", "RUS")
