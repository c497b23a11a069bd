"""What the figures of a finding rest on, in one line and as a list."""

from __future__ import annotations

from collections.abc import Mapping

from stopgap.base.marking import Marking
from stopgap.briefs import wording
from stopgap.briefs.first_page.sentences import window_words
from stopgap.briefs.formats.text import percent
from stopgap.briefs.vocabulary import Members
from stopgap.measures.backfill.results import Finding


def basis_line(finding: Finding) -> str:
    """Return goods list, windows, report, valuation, route, coverage, source and vintage in one line."""
    coverage = finding.coverage
    return (
        f"Goods {finding.goods} ({finding.goods_version}), {coverage.level} {coverage.revision}; "
        f"{finding.report}s’ reports, {finding.valuation}, {finding.route} trade; "
        f"means a year of {window_words(finding.windows.after)} against {window_words(finding.windows.baseline)}; "
        f"reporters of {percent(coverage.share_of_baseline_reported)} of baseline trade; "
        f"source {', '.join(coverage.sources)}; vintage {finding.as_of}."
    )


def basis_facts(
    finding: Finding, titles: Mapping[str, str], names: Mapping[str, str], members: Members, marking: Marking
) -> tuple[tuple[str, str], ...]:
    """Return terms and values of the basis of every figure of a finding."""
    coverage = finding.coverage
    codes = f"{coverage.level} codes, {coverage.revision}" if coverage.level else "not stated"
    return (
        *wording.facts(finding, titles, names, members),
        wording.counterfactual_fact(finding),
        ("Codes; sources", f"{codes}; {', '.join(coverage.sources) or 'not stated'}"),
        ("Finding", finding.finding_id),
        ("Marking", marking.label),
    )
