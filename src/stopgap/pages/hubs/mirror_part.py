"""Part on two reports of the same trade: what exporters declare to hubs, and what the hubs record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stopgap.api import Lake
from stopgap.base.errors import EpisodeError, MissingDataError
from stopgap.briefs.formats.text import percent
from stopgap.briefs.vocabulary import in_sentence, name_of, told
from stopgap.measures.mirror.results import MirrorFinding, Phantom
from stopgap.pages.amounts import table_usd, usd, usd_heading
from stopgap.pages.episode.marked import marking_of
from stopgap.pages.episode.query import EpisodeQuery, economy_names
from stopgap.pages.views import Cell, PageContent, TableColumn, TableView
from stopgap.pages.words import as_sentence
from stopgap.panel.request import MirrorRequest

SHOWN = 15
_GROUPS = {"coalition": "the coalition", "eu27": "EU27", "others": "others"}


def mirror_part(lake: Lake, query: EpisodeQuery, *, economy: str | None = None) -> PageContent:
    """Return the part on two reports of one flow.

    Args:
        lake: The lake.
        query: The episode and its options.
        economy: Economy whose flows alone are shown; ``None`` for all, those beyond ordinary disagreement first.

    Raises:
        NotFoundError: Unknown episode, goods list or vintage.
    """
    measured = query.measure(lake, gross=True)
    finding = measured.finding
    here = replace(query, goods=query.goods or finding.goods)
    names = economy_names()
    try:
        mirror = lake.mirror(query.episode, query.request_like(finding, MirrorRequest))
    except (MissingDataError, EpisodeError) as error:
        values = {"why": told(error.what, finding, names), "query": here}
        return PageContent("hubs/mirror.html", "Two reports of one flow", {**values, "mirror": None}, measured.marking)
    rows = [row for row in mirror.phantom if economy is None or economy in (row.importer, row.exporter)]
    shown = rows if economy else [row for row in rows if row.usd > 0 or row.is_group][:SHOWN]
    table = phantom_table(shown, names, total=len(rows))
    return PageContent(
        "hubs/mirror.html",
        "Two reports of one flow",
        {
            "query": here,
            "why": "",
            "mirror": mirror,
            "sentence": gap_sentence(rows, names, economy),
            "table": replace(table, source=here.data("mirror")),
            "queries": mirror.queries,
            "basis": mirror_basis(mirror, names),
            "notes": tuple(as_sentence(told(text, finding, names)) for text in mirror.warnings),
        },
        marking_of(mirror),
        tabs=here.tabs("/suppliers"),
    )


def gap_sentence(rows: list[Phantom], names: Mapping[str, str], economy: str | None) -> str:
    """Return what is beyond ordinary disagreement: the largest flow of a group, else of one exporter."""
    whose = "" if economy is None else f" of {in_sentence(name_of(economy, names))}"
    if not rows:
        return f"No flow{whose} was compared: exports to the hubs and to the target are, where both sides report them for six months or a year."
    found = [row for row in rows if row.usd > 0]
    if not found:
        return f"No exports{whose} beyond ordinary disagreement of two reports are missing from the books of their destination."
    top = next((row for row in found if row.is_group), found[0])
    who, where = _exporter(top.exporter, names), in_sentence(name_of(top.importer, names))
    text = (
        f"Of {usd(top.exporter_usd)} a year that {who} reports as exports to {where}, {where} records {usd(top.importer_usd)} as imports; "
        f"beyond ordinary disagreement and goods in transit {usd(top.usd)} is not recorded there"
    )
    if top.new_usd is not None:
        text += (
            f", {usd(top.new_usd)} of it beyond the gap of the baseline"
            if top.new_usd > 0
            else ", none of it beyond the gap of the baseline"
        )
    return f"{text}. That is consistent with goods that went elsewhere, and no proof of it."


def phantom_table(rows: list[Phantom], names: Mapping[str, str], *, total: int) -> TableView:
    """Return flows compared, the largest gap beyond ordinary disagreement first; groups hold their members."""
    return TableView(
        "mirror",
        f"Exports as exporters report them and as their destination records them, {usd_heading()} a year",
        (
            TableColumn("Exporter"), TableColumn("Destination"), TableColumn("Reported, FOB", "number"), TableColumn("Recorded, CIF", "number"),
            TableColumn("Gap", "number", "exports less re-exports less imports without freight"),
            TableColumn("Ordinary gap", "number", "ordinary disagreement and goods in transit"), TableColumn("Beyond the ordinary gap", "number"),
            TableColumn("Beyond the baseline’s gap", "number"), TableColumn("Unrecorded", "number"), TableColumn("Unrecorded in the baseline", "number"),
        ),
        tuple(
            (
                Cell(_exporter(row.exporter, names)),
                Cell(name_of(row.importer, names)),
                *(Cell(table_usd(value)) for value in (row.exporter_usd, row.importer_usd, row.gap_usd, row.band_usd + row.lag_usd, row.usd)),
                Cell("", missing="baseline not reported by both") if row.new_usd is None else Cell(table_usd(row.new_usd)),
                *(Cell("", missing="not known") if value is None else Cell(percent(value)) for value in (row.unrecorded_share, row.baseline_unrecorded_share)),
            )
            for row in rows
        ),
        total=total,
        empty="No flow to compare.",
    )  # fmt: skip


def mirror_basis(mirror: MirrorFinding, names: Mapping[str, str]) -> str:
    """Return what the comparison rests on, in one line."""
    band = mirror.phantom_band
    return (
        f"Goods {mirror.goods} ({mirror.goods_version}), {mirror.coverage.level} {mirror.coverage.revision}; both sides’ reports, importers’ "
        f"less freight ({percent(mirror.cif_fob.markup)}, {mirror.cif_fob.method}); {band.tested:,} flows tested; source "
        f"{', '.join(mirror.coverage.sources)}; vintage {mirror.as_of}."
    )  # fmt: skip


def _exporter(code: str, names: Mapping[str, str]) -> str:
    return _GROUPS.get(code, name_of(code, names))
