"""Charts that need a finding alone, selected by name."""

from __future__ import annotations

from collections.abc import Mapping

from stopgap.base.errors import MissingDataError, UsageError
from stopgap.briefs.charts.canvas import Chart
from stopgap.briefs.charts.waterfall import waterfall
from stopgap.briefs.net.charts import among_placebos, net_gains, net_rows, places
from stopgap.briefs.net.words import why_no_interval, why_no_net
from stopgap.measures.backfill.results import Finding

KINDS = ("gross", "net", "placebos")


def finding_chart(finding: Finding, names: Mapping[str, str], kind: str) -> Chart:
    """Return the chart of a finding named `kind`.

    Raises:
        UsageError: `kind` is not in :data:`KINDS`.
        MissingDataError: The finding has no figures for this chart.
    """
    if kind not in KINDS:
        raise UsageError(f"no chart of kind {kind!r}", where="chart", fix=f"use {', '.join(KINDS)}")
    if kind == "gross":
        return waterfall(finding, names)
    drawable = net_rows(finding) if kind == "net" else places(finding, names)
    if not drawable:
        reason = why_no_net(finding) if finding.counterfactual.method is None else why_no_interval(finding)
        raise MissingDataError(
            f"there is no {kind} chart of this finding: {reason}",
            where=f"{finding.episode}, {finding.goods}",
            fix="import suppliers' trade with all partners, or draw the gross chart",
        )
    return (net_gains if kind == "net" else among_placebos)(finding, names).chart()
