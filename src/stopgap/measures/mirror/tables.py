"""A comparison of two reports as a table and as lines of text."""

from __future__ import annotations

from dataclasses import asdict, fields

import pyarrow as pa

from stopgap.measures.mirror.results import MirrorFinding, Phantom, Reconstruction

_TYPES = {"str": pa.string(), "bool": pa.bool_(), "int": pa.int64()}


def phantom_table(finding: MirrorFinding) -> pa.Table:
    """One row per flow of :class:`Phantom`, largest first; calendar years are in JSON alone."""
    names = [field for field in fields(Phantom) if field.name != "years"]
    schema = pa.schema([(field.name, _TYPES.get(str(field.type), pa.float64())) for field in names])
    rows = [{field.name: asdict(row)[field.name] for field in names} for row in finding.phantom]
    return pa.Table.from_pylist(rows, schema=schema)


def mirror_lines(finding: MirrorFinding) -> list[str]:
    """The comparison in lines of text, the headline first."""
    base, after, coverage = finding.windows.baseline, finding.windows.after, finding.coverage
    return [
        _headline(finding),
        f"baseline {base[0]} to {base[1]}, after {after[0]} to {after[1]}, means per year; {finding.frequency} figures, "
        f"level {coverage.level} {coverage.revision}, goods {finding.goods_version}, vintage {finding.as_of}",
        f"CIF/FOB markup {finding.cif_fob.markup:.1%} ({finding.cif_fob.method}, {finding.cif_fob.pairs:,} flows); "
        f"{len(finding.reporters)} reporters weighed; {finding.phantom_band.tested:,} flows tested for phantom trade",
        *(_reconstructed(row) for row in finding.reconstruction if row.partners == "all"),
        *(f"note: {warning}" for warning in finding.warnings),
    ]


def _headline(finding: MirrorFinding) -> str:
    subject = f"{finding.episode}, {finding.goods}"
    found = [row for row in finding.phantom if row.usd > 0]
    if not found:
        return f"{subject}: no exports beyond ordinary disagreement are missing from the books of their destination"
    top = next((row for row in found if row.is_group), found[0])
    return (
        f"{subject}: of USD {top.exporter_usd:,.0f} a year that {top.exporter} reports to {top.importer}, "
        f"{top.importer} records {top.importer_usd:,.0f}; beyond ordinary disagreement, {top.usd:,.0f} is not recorded"
    )


def _reconstructed(row: Reconstruction) -> str:
    if row.estimate_usd is None or row.ci95 is None:
        return f"{row.period}: no reconstruction ({row.because})"
    return (
        f"{row.period}: the target would have reported USD {row.estimate_usd:,.0f} "
        f"(95 % {row.ci95[0]:,.0f} to {row.ci95[1]:,.0f}; {row.method}, {row.rests_on})"
    )
