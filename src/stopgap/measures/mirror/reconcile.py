"""One figure from two reports, with its standard error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stopgap.measures.mirror.cif_markup import Markups
from stopgap.measures.mirror.pairs import Array, Flags, ReportPairs
from stopgap.measures.mirror.reporter_quality import Qualities


@dataclass(frozen=True)
class Reconciled:
    """Per pair, the figure that both reports support.

    Attributes:
        value_usd: Current US dollars, FOB; NaN where neither side has dollars above 0.
        log_error: Standard error of its logarithm; wider than the reporters' own where they differ by more.
        exporter_weight: 1 where only the exporter reports, 0 where only the importer does.
        exporter_part: Part of the log error that is the exporter's.
        importer_part: Part that is the importer's, the markup's error included.
    """

    value_usd: Array
    log_error: Array
    exporter_weight: Array
    exporter_part: Array
    importer_part: Array


def reconcile(pairs: ReportPairs, markups: Markups, qualities: Qualities) -> Reconciled:
    """The weighted mean of both logs, ``w = v_importer / (v_exporter + v_importer)`` to the exporter's report.

    A flow that one side reports is that report, the importer's taken to FOB. Where both differ by
    more than their variances allow, the error is widened by that ratio (Birge); and each variance
    counts with its own standard error added, so that few pairs make no figure look sure.

    Method: docs/methods/mirror.md.
    """
    has_x, has_m = np.nan_to_num(pairs.exporter_usd) > 0, np.nan_to_num(pairs.importer_usd) > 0
    log_x = np.log(np.where(has_x, pairs.exporter_usd, 1.0))
    log_m = np.log(np.where(has_m, pairs.importer_usd, 1.0)) - markups.log_markup
    v_x, v_m = qualities.exporter[pairs.exporter], qualities.importer[pairs.importer]
    weight = np.where(has_x & has_m, v_m / (v_x + v_m), has_x.astype(np.float64))
    neither = ~(has_x | has_m)
    value = np.exp(weight * log_x + (1 - weight) * log_m)
    stretch = np.where(has_x & has_m, np.maximum(1.0, np.abs(log_m - log_x) / np.sqrt(v_x + v_m)), 1.0)
    markup_error = _markup_error(markups)
    told_x = v_x + qualities.exporter_error[pairs.exporter]
    told_m = v_m + qualities.importer_error[pairs.importer] + markup_error**2
    exporter_part = weight * np.sqrt(told_x) * stretch
    importer_part = (1 - weight) * np.sqrt(told_m) * stretch
    return Reconciled(
        np.where(neither, np.nan, value),
        np.where(neither, np.nan, np.hypot(exporter_part, importer_part)),
        np.where(neither, np.nan, weight),
        exporter_part,
        importer_part,
    )


def _markup_error(markups: Markups) -> float:
    """Standard error of ``ln(1 + c)``; a half of it where it is assumed."""
    ci95 = markups.summary.ci95
    if ci95 is None:
        return float(np.log1p(markups.summary.markup)) / 2
    return float(np.log1p(ci95[1]) - np.log1p(ci95[0])) / (2 * 1.96)


@dataclass(frozen=True)
class ReconciledSum:
    """A sum of reconciled flows, by who reports them.

    ``standard_error_usd`` takes each reporter's errors as one: they do not average out over its flows.
    """

    reconciled_usd: float
    standard_error_usd: float
    exporter_only_usd: float
    importer_only_usd: float
    both_usd: float
    flows_both: int
    flows_one_sided: int


def reconciled_sum(pairs: ReportPairs, reconciled: Reconciled, where: Flags, factor: Array) -> ReconciledSum:
    """The sum of reconciled flows where ``where`` holds, each times ``factor``, with its error and its parts."""
    mine = where & np.isfinite(reconciled.value_usd)
    value, weight = (reconciled.value_usd * factor)[mine], reconciled.exporter_weight[mine]
    size = len(pairs.economies)
    by_exporter = np.bincount(pairs.exporter[mine], weights=value * reconciled.exporter_part[mine], minlength=size)
    by_importer = np.bincount(pairs.importer[mine], weights=value * reconciled.importer_part[mine], minlength=size)
    both = pairs.both[mine]
    return ReconciledSum(
        float(value.sum()),
        float(np.sqrt((by_exporter**2).sum() + (by_importer**2).sum())),
        float(value[~both & (weight == 1)].sum()),
        float(value[~both & (weight == 0)].sum()),
        float(value[both].sum()),
        int(both.sum()),
        int((~both).sum()),
    )
