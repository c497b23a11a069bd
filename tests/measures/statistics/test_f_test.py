"""The tail of F against SciPy's."""

from __future__ import annotations

import pytest

from stopgap.measures.statistics.f_test import f_tail


@pytest.mark.parametrize("above", [1, 2, 3])
@pytest.mark.parametrize("below", [1, 14, 35, 200])
@pytest.mark.parametrize("value", [0.0, 1e-6, 0.5, 1.0, 4.2, 90.0, 1e5])
def test_the_tail_is_scipys(value: float, above: int, below: int) -> None:
    from scipy.special import fdtrc

    assert f_tail(value, above, below) == pytest.approx(float(fdtrc(above, below, value)), rel=1e-11, abs=1e-300)
