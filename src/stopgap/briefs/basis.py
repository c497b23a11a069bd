"""Basis of a brief's figures: told once in full, and then in one short line that says what differs."""

from __future__ import annotations

from stopgap.briefs import wording
from stopgap.briefs.formats.text import one_line
from stopgap.briefs.model import BriefModel
from stopgap.briefs.parts import Section

ABOVE = "Basis as above"


def same_basis(*differs: str) -> str:
    """Caption of a figure: the basis as above, and after it what differs from it, such as route or denominator."""
    return "; ".join([ABOVE, *(one_line(text) for text in differs if text)]) + "."


def own_data(model: BriefModel, label: str) -> str:
    """Label of a figure's data, such as its source and reporting side; empty where the basis says the same."""
    plain, finding = one_line(label), model.headline
    coverage = finding.coverage
    told = (
        finding.goods_version,
        finding.report,
        finding.valuation,
        coverage.level,
        coverage.revision,
        *coverage.sources,
    )
    return "" if all(one_line(each) in plain for each in told) else plain


def basis_facts(model: BriefModel) -> tuple[tuple[str, str], ...]:
    """Terms and values of the basis of every figure of the headline: goods, windows, report, coverage, sources."""
    finding = model.headline
    coverage = finding.coverage
    codes = f"{one_line(coverage.level)} codes, {one_line(coverage.revision)}" if coverage.level else "not stated"
    sources = ", ".join(one_line(source) for source in coverage.sources) or "not stated"
    return (
        *wording.facts(finding, model.goods_titles, model.names, model.members),
        wording.counterfactual_fact(finding),
        ("Codes; sources", f"{codes}; {sources}"),
        ("Marking", model.marking.label),
    )


def basis_section(model: BriefModel) -> Section:
    """Section with the basis of all figures: what each later figure and table refers to."""
    text = (
        "What every figure below rests on, unless the line under it says otherwise. Amounts are current US dollars, "
        "means per year of a window; n/r is not reported, which is not zero, and n/a is not defined."
    )
    return Section("basis", "Basis of the figures", (text,), facts=basis_facts(model))
