"""Charts that need a finding alone, selected by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from stopgap.base.errors import MissingDataError, UsageError
from stopgap.base.marking import Marking
from stopgap.briefs.charts.alt_text import alt_waterfall
from stopgap.briefs.charts.canvas import Chart
from stopgap.briefs.charts.waterfall import waterfall
from stopgap.briefs.net.charts import among_placebos, net_gains, net_rows, places
from stopgap.briefs.net.words import why_no_interval, why_no_net
from stopgap.measures.backfill.results import Finding

if TYPE_CHECKING:
    from stopgap.briefs.charts.offline import OfflineChart

KINDS = ("gross", "net", "placebos")


_TITLES = {
    "gross": "the loss and who filled it, gross",
    "net": "net change by economy, with its 95\u00a0% interval",
    "placebos": "the target among other destinations",
}


def titled_chart(
    finding: Finding, names: Mapping[str, str], kind: str, measured: Sequence[str], marking: Marking
) -> OfflineChart:
    """Return the chart named `kind` with its title, what was measured and its marking; errors as :func:`finding_chart`.

    Args:
        finding: The finding.
        names: Names of economies by code.
        kind: One of :data:`KINDS`.
        measured: Lines that say what was measured.
        marking: Who may see it.
    """
    from stopgap.briefs.charts.offline import offline, titled

    drawn = finding_chart(finding, names, kind)
    title = f"{finding.episode}, {finding.goods}: {_TITLES[kind]}"
    told = alt_waterfall(finding, names) if kind == "gross" else f"{title}. {' '.join(measured)}"
    return offline(titled(drawn, title, measured, marking), told)


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
