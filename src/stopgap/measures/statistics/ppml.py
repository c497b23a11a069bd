"""Fit the Poisson pseudo-maximum-likelihood model of the second opinion with pyfixest.

    E[X_ijkt] = exp(α_ikt + α_ijk + α_ijt + β · 1{j = target} · post_t · sanctioned_k)

Without ordinary goods the effects α_ijt would absorb β; they are then dropped, and the model is a
double difference.

Routine and model differ from those of net backfill: effects
for every cell, weights by the figures themselves. All-zero groups, observations
alone in a group and separated observations are removed before the fit, and counted: the routine
looks for all-zero groups only once, and not at all without fixed effects.

Method: Santos Silva and Tenreyro (2006); Correia, Guimarães and Zylkin (2020), ppmlhdfe.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stopgap.base.errors import UsageError
from stopgap.measures.statistics.separation import Bools, Codes, Floats, codes_of, separated, usable_rows
from stopgap.measures.statistics.window_model import WindowCells

MOST_ZEROS_SEARCHED = 20_000
"""Most zero observations for which separation beyond all-zero groups is searched by linear programme."""

CountEffects = Literal["none", "nonnested", "full"]

TOO_NARROW = "clustered by supplier and destination, too narrow with one target"


@dataclass(frozen=True)
class PpmlPanel:
    """Observations, one per (supplier, destination, good, period); zeros are rows, missing values are not.

    These four are codes (n,); ``value_usd`` is in current US dollars. ``is_post`` marks periods of the after-window,
    ``is_sanctioned`` goods on the list measured. The model has the effects α_ijt if ``has_pair_effects``.
    """

    supplier: Codes
    destination: Codes
    good: Codes
    period: Codes
    value_usd: Floats
    is_sanctioned: Bools
    is_post: Bools
    has_pair_effects: bool = True

    def __len__(self) -> int:
        return len(self.supplier)

    def effects(self) -> dict[str, Codes]:
        """Return the fixed effects: supplier-good-period, supplier-destination-good, and, if used,
        supplier-destination-period.
        """
        found = {
            "ikt": codes_of(self.supplier, self.good, self.period),
            "ijk": codes_of(self.supplier, self.destination, self.good),
        }
        if self.has_pair_effects:
            found["ijt"] = codes_of(self.supplier, self.destination, self.period)
        return found


def panel_of(table: pa.Table) -> tuple[PpmlPanel, tuple[str, ...]]:
    """Build a panel from a table with its columns; also return the destinations that its codes stand for."""

    def column(name: str) -> NDArray[Any]:
        values = table.column(name).combine_chunks()
        return np.asarray(values.to_numpy(zero_copy_only=False))

    destinations, destination = np.unique(column("destination"), return_inverse=True)
    panel = PpmlPanel(
        codes_of(column("supplier")),
        np.asarray(destination, dtype=np.int64),
        codes_of(column("good")),
        codes_of(column("period")),
        column("value_usd").astype(np.float64),
        column("is_sanctioned").astype(bool),
        column("is_post").astype(bool),
    )
    return panel, tuple(str(name) for name in destinations)


def panel_of_windows(cells: WindowCells) -> PpmlPanel:
    """Build a panel with two observations per cell: its yearly means in the baseline and in the after-window."""
    n = len(cells)
    twice = np.tile(np.arange(n), 2)
    post = np.repeat([False, True], n)
    return PpmlPanel(
        cells.supplier[twice],
        cells.destination[twice],
        cells.good[twice],
        post.astype(np.int64),
        np.concatenate([cells.baseline_usd, cells.after_usd]),
        cells.is_sanctioned[twice],
        post,
        cells.has_pair_effects,
    )


@dataclass(frozen=True)
class Dropped:
    """Numbers of observations removed before the fit: in all-zero groups of a fixed effect, or ``separated`` otherwise.

    ``singletons``, alone in a group, affect no coefficient; ``separation_searched`` is false if only all-zero groups
    were searched.
    """

    zero_groups: int
    separated: int
    singletons: int
    separation_searched: bool


@dataclass(frozen=True)
class PpmlFit:
    """A fit: log effects by regressor, or the reason why one is missing; ``observations`` is the number used.

    ``clustered_se`` are errors clustered by supplier and destination; ``None`` if unavailable.
    """

    effects: Mapping[str, float]
    clustered_se: Mapping[str, float | None]
    observations: int
    dropped: Dropped
    reason: str = ""

    @property
    def beta(self) -> float | None:
        """Return the target's log effect."""
        return self.effects.get("target")


def fit_target(panel: PpmlPanel, *, target: int, search: bool | None = None) -> PpmlFit:
    """Fit the log excess of sanctioned goods at the target after the event: ``effects["target"]`` is β.

    The panel is of suppliers outside the coalition and of destinations without hubs. β is missing, with a reason,
    if the figures do not bound it; ``search`` as in :func:`fit_poisson`.
    """
    treated = (panel.destination == target) & panel.is_post & panel.is_sanctioned
    return fit_effects(panel, {"target": treated.astype(np.float64)}, panel.effects(), search=search)


def fit_effects(
    panel: PpmlPanel, regressors: Mapping[str, Floats], effects: Mapping[str, Codes], *, search: bool | None = None
) -> PpmlFit:
    """Fit the Poisson model on a panel, errors clustered by supplier and destination; else as :func:`fit_poisson`."""
    pair = codes_of(panel.supplier, panel.destination)
    return fit_poisson(panel.value_usd, regressors, effects, (pair,), search=search)


def fit_poisson(
    value: Floats,
    regressors: Mapping[str, Floats],
    effects: Mapping[str, Codes],
    clusters: Sequence[Codes] = (),
    *,
    search: bool | None = None,
    count_effects: CountEffects = "none",
) -> PpmlFit:
    """Fit a Poisson model with fixed effects, after removing and counting unusable observations.

    ``regressors`` are columns (n,), ``effects`` (at least one) and ``clusters`` group codes (n,). ``search`` sets
    whether to search for separation beyond all-zero groups; ``None``: up to ``MOST_ZEROS_SEARCHED`` zeros.
    ``count_effects`` sets which fixed effects count in the small-sample factor of the errors: ``none`` as in Stata and
    textbooks, ``nonnested`` as in R's fixest.

    Raises:
        UsageError: An outcome is negative or missing, or there are more than two clusters.
    """
    _check(value, clusters)
    groups = list(effects.values())
    matrix = np.column_stack([column.astype(np.float64) for column in regressors.values()])
    rows, dropped = _usable(value, matrix, groups, search)
    usable = {name: matrix[rows, place] for place, name in enumerate(regressors)}
    if reason := _refusal(value[rows], usable):
        return PpmlFit({}, {}, len(rows), dropped, reason)
    columns = {f"f_{name}": codes[rows] for name, codes in effects.items()}
    columns |= {f"c{place}": codes[rows] for place, codes in enumerate(clusters)}
    return _fit(value[rows], usable, columns, dropped, count_effects)


def _check(value: Floats, clusters: Sequence[Codes]) -> None:
    if len(clusters) > 2:
        raise UsageError(
            f"errors cannot be clustered {len(clusters)} ways", where="fit_poisson, clusters", fix="give two at most"
        )
    if not (np.isfinite(value).all() and (value >= 0).all()):
        raise UsageError(
            "a Poisson model takes values of 0 or more",
            where="fit_poisson, value",
            fix="leave out missing values, and take gross flows, not changes",
        )


def _usable(value: Floats, matrix: Floats, groups: Sequence[Codes], search: bool | None) -> tuple[Codes, Dropped]:
    """Return the rows that a fit can use, and the counts of those removed."""
    kept = usable_rows(value, groups)
    rows = np.flatnonzero(kept.keep)
    zeros = int((value[rows] == 0).sum())
    searched = zeros <= MOST_ZEROS_SEARCHED if search is None else search
    if not (searched and zeros):
        return rows, Dropped(kept.zero_groups, 0, kept.singletons, searched or not zeros)
    out = separated(value[rows], matrix[rows], [group[rows] for group in groups])
    rows = rows[~out]
    again = usable_rows(value[rows], [group[rows] for group in groups])
    return rows[again.keep], Dropped(
        kept.zero_groups + again.zero_groups, int(out.sum()), kept.singletons + again.singletons, True
    )


def _refusal(value: Floats, regressors: Mapping[str, Floats]) -> str:
    """Return the reason, known before fitting, why the observations cannot identify the effects; "" if they can."""
    if not len(value):
        return "no observation is left: every group is without trade in a window"
    for name, column in regressors.items():
        if not np.any(column != 0):
            return f"no usable observation bears on the effect of {name}"
        if np.all(column == column[0]):
            return f"nothing to compare the effect of {name} with"
        if not np.any(value[column != 0] > 0):
            return f"all trade behind the effect of {name} is zero: it has no finite value"
    return ""


def _fit(
    value: Floats,
    regressors: Mapping[str, Floats],
    codes: Mapping[str, Codes],
    dropped: Dropped,
    count_effects: CountEffects,
) -> PpmlFit:
    columns: dict[str, Any] = {"value": value / float(value.mean()), **codes}
    labels = {f"x{number}": name for number, name in enumerate(regressors)}
    columns |= {label: regressors[name] for label, name in labels.items()}
    formula = f"value ~ {' + '.join(labels)} | {' + '.join(name for name in codes if name.startswith('f_'))}"
    by = [name for name in codes if name.startswith("c")]
    clustered = bool(by) and all(int(codes[name].max()) > int(codes[name].min()) for name in by)
    with warnings.catch_warnings():
        # The routine warns of its own use of pandas, and of regressors that it drops: those are
        # told by name in ``reason``, and a fit that did not end well by what it lacks.
        warnings.simplefilter("ignore")
        import pandas as pd
        import pyfixest as pf

        try:
            model: Any = pf.fepois(
                formula,
                pd.DataFrame(columns, copy=False),
                vcov={"CRV1": " + ".join(by)} if clustered else "iid",
                ssc=pf.ssc(k_fixef=count_effects),
                fixef_rm="none",
                separation_check=[],
                copy_data=False,
                store_data=False,
                lean=True,
            )
        except (ValueError, np.linalg.LinAlgError, RuntimeError) as error:
            groups = [codes[name] for name in codes if name.startswith("f_")]
            lost = [name for name, column in regressors.items() if _is_absorbed(column, groups)]
            reason = (
                _absorbed(lost) if lost else f"the fit did not end: {str(error).strip()[:120] or 'no reason given'}"
            )
            return PpmlFit({}, {}, len(value), dropped, reason)
        found, errors = dict(model.coef()), dict(model.se())
        ended = bool(model.convergence)
    if not ended:
        return PpmlFit({}, {}, len(value), dropped, "the fit did not end: no maximum was reached")
    effect = {name: float(found[label]) for label, name in labels.items() if label in found}
    effect = {name: one for name, one in effect.items() if math.isfinite(one)}
    error_of = {
        name: float(errors[label]) if clustered and math.isfinite(errors[label]) else None
        for label, name in labels.items()
        if name in effect
    }
    missing = [name for name in regressors if name not in effect]
    return PpmlFit(effect, error_of, len(value), dropped, _absorbed(missing) if missing else "")


def _absorbed(names: Sequence[str]) -> str:
    return f"the fixed effects absorb {', '.join(names)}: nothing varies beside them"


def _is_absorbed(column: Floats, groups: Sequence[Codes]) -> bool:
    """Return whether a column is a sum of the groups' effects, by its residual from alternating projections."""
    rest = column.astype(np.float64)
    for _ in range(200):
        for codes in groups:
            count = np.bincount(codes)
            rest = rest - (np.bincount(codes, weights=rest) / np.maximum(count, 1))[codes]
    return bool(np.linalg.norm(rest) <= 1e-6 * np.linalg.norm(column))
