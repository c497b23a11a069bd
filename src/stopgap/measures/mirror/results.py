"""Results of ``stopgap mirror``, as tables and text too; current US dollars, ``None`` if unavailable."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

import pyarrow as pa

from stopgap.base.documents import as_document
from stopgap.base.money import usd, usd_range
from stopgap.base.notes import Summarised, Summary
from stopgap.codes.named_table import NamedTable
from stopgap.measures.backfill.results import Coverage
from stopgap.measures.mirror.cif_markup import CifFob
from stopgap.panel.measured_words import codes_words, covered_words, level_words, measured_lines
from stopgap.panel.windows import Windows


@dataclass(frozen=True)
class YearOfPhantom:
    """One calendar year of a phantom row: dollars of periods that both sides reported, FOB and CIF."""

    year: int
    exporter_usd: float
    importer_usd: float


@dataclass(frozen=True)
class Phantom:
    """One flow of exports compared with the destination's records; current US dollars per year.

    Attributes:
        exporter: Economy or group.
        importer: Destination named by the exporter.
        good: Code, or ``all`` for the sum of the goods measured.
        usd: ``exporter_usd − reexports_usd − importer_fob_usd − lag_usd − band_usd``, at least 0.
        new_usd: The same with the row's own unrecorded share in the baseline, plus the change of such shares
            elsewhere, in place of the band; ``None`` if the baseline was not reported by both.
        gap_usd: ``exporter_usd − reexports_usd − importer_fob_usd``, signed, without any allowance.
        exporter_usd: As exporters report it, FOB.
        importer_usd: As the destination records it, CIF.
        importer_fob_usd: The same converted to FOB.
        reexports_usd: The exporter's re-exports of foreign goods, which destinations record under their
            origin; ``None`` if the exporter does not report them separately.
        lag_usd: Allowance for goods still in transit.
        band_usd: Allowance for ordinary disagreement: 95th percentile of unrecorded shares at ordinary destinations.
        unrecorded_share: ``gap_usd`` divided by exports minus re-exports.
        baseline_unrecorded_share: The same in the baseline.
        is_group: Whether ``exporter`` is a group; its rows include those of its members.
        exporters: Number of exporters in the row.
        months: Number of months that both sides reported.
        band_rests_on: Number of ordinary flows used for the band; 0 if it is assumed.
        years: By calendar year.
    """

    exporter: str
    importer: str
    good: str
    usd: float
    new_usd: float | None
    gap_usd: float
    exporter_usd: float
    importer_usd: float
    importer_fob_usd: float
    reexports_usd: float | None
    lag_usd: float
    band_usd: float
    unrecorded_share: float | None
    baseline_unrecorded_share: float | None
    is_group: bool
    exporters: int
    months: int
    band_rests_on: int
    years: tuple[YearOfPhantom, ...]


@dataclass(frozen=True)
class PhantomBand:
    """Scope of the phantom-trade test, and width of its allowance.

    Attributes:
        tested: Flows tested: exporters and groups, by importer and good.
        too_short: Flows with fewer than six months reported by both sides, not tested.
        band_share: Share of exports allowed for, at the median flow tested; ``None`` if none was.
        assumed: Whether a band is assumed because there are too few ordinary destinations.
    """

    tested: int
    too_short: int
    band_share: float | None
    assumed: bool


@dataclass(frozen=True)
class ReporterQuality:
    """Deviation of one economy's reports from its partners'.

    Attributes:
        exporter_sd: Standard deviation of the log of its reports as exporter; ``None`` without pairs.
        importer_sd: The same as importer.
        exporter_pairs: Number of flows used for its exports.
        importer_pairs: The same for its imports.
        exporter_weight: Weight of its exports against an average importer's report; ``None`` without pairs.
        importer_weight: Weight of its imports against an average exporter's report.
    """

    reporter: str
    exporter_sd: float | None
    importer_sd: float | None
    exporter_pairs: int
    importer_pairs: int
    exporter_weight: float | None
    importer_weight: float | None


@dataclass(frozen=True)
class ReconciledTotal:
    """Trade of a group of exporters with one importer, from both reports; FOB, per year of the after-window.

    Attributes:
        exporters: Group or ``others``.
        reconciled_usd: Sum of the flows, each the weighted mean of both reports if there are two.
        standard_error_usd: Its standard error; each reporter's errors are treated as fully correlated.
        exporter_usd: Exporters' reports; ``None`` if there are none.
        importer_usd: The importer's reports, CIF; ``None`` if it is silent.
        both_usd: Part of ``reconciled_usd`` that both sides report.
        exporter_only_usd: Part that only exporters report.
        importer_only_usd: Part that only the importer reports.
        flows_both: Flows reported by both sides.
        flows_one_sided: Flows reported by one.
    """

    exporters: str
    importer: str
    reconciled_usd: float
    standard_error_usd: float
    exporter_usd: float | None
    importer_usd: float | None
    both_usd: float
    exporter_only_usd: float
    importer_only_usd: float
    flows_both: int
    flows_one_sided: int


@dataclass(frozen=True)
class Reconstruction:
    """Estimated report of the target for a period in which it was silent; CIF, dollars of the period.

    Attributes:
        partners: Group of its partners, or ``all``.
        period: ``YYYY-MM``.
        mirror_usd: Reports of the partners that still report, FOB (CIF if they import).
        estimate_usd: Estimate of the target's report; ``None`` if there is no interval.
        ci95: Prediction interval.
        method: ``own history``, ``peers``, or ``none``.
        rests_on: Number of periods of history, or of peers.
        partners_reporting: Number of partners counted.
        share_reporting: Their share of the target's own reports in the history.
        because: Why there is no estimate.
    """

    partners: str
    period: str
    mirror_usd: float | None
    estimate_usd: float | None
    ci95: tuple[float, float] | None
    method: str
    rests_on: int
    partners_reporting: int
    share_reporting: float | None
    because: str = ""


@dataclass(frozen=True)
class Nowcast:
    """Estimated trade of an economy with the target in a period it has not reported yet; dollars of the period.

    Attributes:
        period: ``YYYY-MM``.
        estimate_usd: Estimate of its report; ``None`` if there is no interval.
        ci95: Prediction interval.
        method: ``mirror`` (the other side's report), ``others`` (other suppliers' reports), ``last year``,
            ``peers``, or ``none``.
        rests_on: Number of periods of history, or of peers.
        because: Why there is no estimate.
    """

    supplier: str
    period: str
    estimate_usd: float | None
    ci95: tuple[float, float] | None
    method: str
    rests_on: int
    because: str = ""


@dataclass(frozen=True)
class MirrorFinding(Summarised, NamedTable):
    """Result of ``stopgap mirror``: exporters' and importers' reports of the same trade, compared."""

    episode: str
    target: str
    direction: str
    goods: str
    goods_version: str
    as_of: str
    frequency: str
    windows: Windows
    phantom: tuple[Phantom, ...]
    phantom_band: PhantomBand
    cif_fob: CifFob
    reporters: tuple[ReporterQuality, ...]
    reconciled: tuple[ReconciledTotal, ...]
    reconstruction: tuple[Reconstruction, ...]
    nowcast: tuple[Nowcast, ...]
    coverage: Coverage
    warnings: tuple[str, ...] = ()
    queries: tuple[str, ...] = ()
    unit: str = "USD per year"
    route: str = "direct"
    valuation: str = "FOB"

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON document of ``mirror --format json``."""
        return as_document(self)

    def table(self) -> pa.Table:
        """Return a table with one row per flow, the largest first."""
        return phantom_table(self)

    def _shown_columns(self) -> tuple[str, ...]:
        return (
            "exporter", "importer", "good", "usd", "new_usd", "exporter_usd", "importer_usd", "unrecorded_share"
        )  # fmt: skip

    def summary(self) -> Summary:
        """Return the comparison in lines of text: headline, what was compared, what limits it."""
        coverage, band = self.coverage, self.phantom_band
        return Summary(
            title=_headline(self),
            measured=measured_lines(
                self,
                f"{level_words(coverage.level, coverage.revision)}, {codes_words(coverage.goods_found, coverage.goods_listed)}",
                f"{band.tested:,} flows tested; {covered_words(coverage.share_of_baseline_reported)}",
                report="both sides' reports (importers' less freight)",
            ),
            details=(
                f"CIF/FOB markup {self.cif_fob.markup:.1%} ({self.cif_fob.method}, {self.cif_fob.pairs:,} flows); "
                f"{len(self.reporters)} reporters weighed; {band.tested:,} flows tested for phantom trade",
                *(_reconstructed(row) for row in self.reconstruction if row.partners == "all"),
                f"sources: {', '.join(coverage.sources)}",
            ),
            notes=self.warnings,
        )


_TYPES = {"str": pa.string(), "bool": pa.bool_(), "int": pa.int64()}


def phantom_table(finding: MirrorFinding) -> pa.Table:
    """Return one row per flow of :class:`Phantom`, largest first; calendar years are in JSON only."""
    names = [field for field in fields(Phantom) if field.name != "years"]
    schema = pa.schema([(field.name, _TYPES.get(str(field.type), pa.float64())) for field in names])
    rows = [{field.name: asdict(row)[field.name] for field in names} for row in finding.phantom]
    return pa.Table.from_pylist(rows, schema=schema)


def _headline(finding: MirrorFinding) -> str:
    subject = f"{finding.episode}, {finding.goods}"
    found = [row for row in finding.phantom if row.usd > 0]
    if not found:
        return f"{subject}: no exports beyond ordinary disagreement are missing from the books of their destination"
    top = next((row for row in found if row.is_group), found[0])
    return (
        f"{subject}: of {usd(top.exporter_usd)} a year that {top.exporter} reports to {top.importer}, "
        f"{top.importer} records {usd(top.importer_usd)}; beyond ordinary disagreement, {usd(top.usd)} is not recorded"
    )


def _reconstructed(row: Reconstruction) -> str:
    if row.estimate_usd is None or row.ci95 is None:
        return f"{row.period}: no reconstruction ({row.because})"
    return (
        f"{row.period}: the target would have reported {usd(row.estimate_usd)} "
        f"(95 % {usd_range(*row.ci95)}; {row.method}, {row.rests_on})"
    )
