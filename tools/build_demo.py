"""Write the figures that the package carries, from the official files in ../shared/data.

    python tools/build_demo.py

Each official file is imported into a scratch lake as a user would import it; the
figures kept are then written in Stopgap's own table format, with SOURCES.csv
beside them. Run by a maintainer when the figures or the format change.
"""

from __future__ import annotations

import csv
import tempfile
from dataclasses import dataclass
from pathlib import Path

from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.lake.snapshot import opened
from stopgap.panel.episodes import load_episode

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data" / "trade"
TARGET = ROOT / "src" / "stopgap" / "demo" / "data"
RETRIEVED = "2026-11-24"

COLUMNS = (
    "period, frequency, reporter, partner, flow, good, revision, value_usd, net_kg, quantity, quantity_unit, "
    "valuation, is_estimated, source, kind, currency, value_reported, usd_per_unit"
)
COMTRADE_TERMS = "UN Comtrade; re-dissemination of selected figures with acknowledgement (UN Comtrade terms of use)"
EUROSTAT_TERMS = "Eurostat; reuse with acknowledgement of the source (Commission Decision 2011/833/EU)"
ATLAS_TERMS = "Growth Lab, Harvard University, Atlas of Economic Complexity (doi:10.7910/DVN/YAVJDF); cite the source"


@dataclass(frozen=True)
class Bundle:
    """One file to write: from which official files, and which rows of them."""

    name: str
    files: tuple[str, ...]
    mapping: str
    select: str
    what: str
    source: str
    published: str
    terms: str


PLACEBOS = 40
"""Destinations beside the target and the hubs whose figures the package carries."""


def bundles() -> list[Bundle]:
    """The files that the package carries."""
    episode = load_episode("russia-2022")
    members = ", ".join(f"'{code}'" for code in sorted(episode.members()))
    hubs = ", ".join(f"'{code}'" for code in episode.hubs)
    rows = f"SELECT {COLUMNS} FROM trade_rows"
    return [
        Bundle(
            name="machinery-electronics-annual.parquet",
            files=(
                "comtrade-pairs-2020-2024/data_pairs_named/machinery_electronics_HS84_85_country_pairs_2020_2024.csv",
            ),
            mapping="comtrade-pairs-84-85",
            select=f"""{rows} WHERE
                -- to Russia, as exporters and as Russia report it; from the coalition to the hubs, both reports
                (partner = 'RUS' AND flow = 'X') OR (reporter = 'RUS' AND flow = 'M')
                OR (reporter IN ({members}) AND partner IN ({hubs}) AND flow = 'X')
                OR (reporter IN ({hubs}) AND partner IN ({members}) AND flow = 'M')
                -- all suppliers' exports to the others' forty largest destinations elsewhere, for the counterfactual
                OR (flow = 'X' AND partner IN (
                    SELECT partner FROM trade_rows
                    WHERE reporter NOT IN ({members}) AND partner NOT IN ('RUS', {hubs}) AND flow = 'X'
                        AND kind = 'economy' AND period < DATE '2022-01-01'
                    GROUP BY partner ORDER BY sum(value_usd) DESC LIMIT {PLACEBOS}))
                -- each reporter's own total, so that silence can be told from zero
                OR partner = 'W00'""",
            what="Machinery and electronics (HS 84+85, one sum): exports to Russia by exporter and Russia's mirror reports; "
            "coalition exports to the hubs and their mirror reports; all economies' exports to the forty largest destinations "
            "elsewhere of those outside the coalition; each reporter's total to the world. Annual, 2020 to 2024. "
            "A zero in the official extract also means no report: it is left out here.",
            source="UN Comtrade, annual HS, by way of a public extract of all pairs of economies",
            published="2026-04-01",
            terms=COMTRADE_TERMS,
        ),
        Bundle(
            name="eu27-hs6-monthly.parquet",
            files=("eurostat-cn8-monthly/derived/ruimpeks_long.parquet",),
            mapping="eurostat-monthly",
            select="""SELECT period, frequency, reporter, partner, flow, substr(good, 1, 6) AS good,
                    CASE WHEN year(period) >= 2022 THEN 'HS2022' ELSE 'HS2017' END AS revision,
                    sum(value_usd) AS value_usd, NULL::DOUBLE AS net_kg, NULL::DOUBLE AS quantity,
                    NULL::VARCHAR AS quantity_unit, valuation, false AS is_estimated, source, kind, currency,
                    sum(value_reported) AS value_reported, usd_per_unit
                FROM trade_rows WHERE length(good) = 8
                GROUP BY ALL""",
            what="Exports of each EU member to Russia and six neighbours, monthly, 2020-01 to 2022-11, by HS6: sums of the 2,219 CN8 "
            "codes listed in the EU's sanctions annexes, so a six-digit code can be only part of that code's trade. "
            "Euro converted at the month's average rate (US Federal Reserve).",
            source="Eurostat DS-045409, by way of a public extract",
            published="2023-01-31",
            terms=EUROSTAT_TERMS,
        ),
        Bundle(
            name="chips-ai-annual.parquet",
            files=(
                "atlas-techai-corridors-to-russia/extract_long.derived.csv",
                "atlas-techai-corridors-to-russia/extract_legs_to_HKG_TUR_ARE.csv",
            ),
            mapping="atlas-corridors",
            select=rows,
            what="Chips (16 HS6) and AI-compute parts (3 HS6), each one sum, to Russia by exporter, and first legs to Hong Kong, "
            "Türkiye and the United Arab Emirates. Annual, 2012 to 2024, reconciled from both reports, rounded to USD 100,000. "
            "Absent is below USD 50,000 or not reported.",
            source="Atlas of Economic Complexity, bilateral HS2012, by way of a public extract, transcribed",
            published="",
            terms=ATLAS_TERMS,
        ),
        Bundle(
            name="armenia-phones-monthly.parquet",
            files=("tvyal-armenia-georgia/2024/2024_05_03_taxes_mobile_centre/mobile_phone_reexports.csv",),
            mapping="armenia-phones",
            select=rows,
            what="Smartphones (HS 851713) imported and exported by Armenia, by partner. Monthly, 2022-01 to 2024-02.",
            source="UN Comtrade, monthly HS, by way of a public extract",
            published="2024-05-03",
            terms=COMTRADE_TERMS,
        ),
    ]


def write(bundle: Bundle, scratch: Path) -> int:
    """Write one file; its number of rows."""
    lake = scratch / bundle.name
    for file in bundle.files:
        import_paths(lake, [SHARED / file], ImportRequest(mapping=bundle.mapping))
    target = TARGET / bundle.name
    with opened(lake) as (con, _):
        order = "ORDER BY source, frequency, flow, partner, good, period, reporter, revision, kind"
        [(rows,)] = con.execute(
            # value_usd is the product of two other columns, and is left to the import.
            f"COPY (SELECT * EXCLUDE (value_usd) FROM (SELECT {COLUMNS} FROM ({bundle.select})) {order}) TO '{target}' "
            "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19, ROW_GROUP_SIZE 1000000)"
        ).fetchall()
    return int(rows)


def main() -> None:
    """Write every file and SOURCES.csv."""
    TARGET.mkdir(parents=True, exist_ok=True)
    made = bundles()
    with tempfile.TemporaryDirectory() as scratch:
        for bundle in made:
            rows = write(bundle, Path(scratch))
            print(f"{bundle.name}: {rows:,} rows, {(TARGET / bundle.name).stat().st_size:,} bytes")
    with (TARGET / "SOURCES.csv").open("w", encoding="utf-8", newline="") as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(["file", "what", "source", "retrieved", "published", "terms"])
        for bundle in made:
            writer.writerow([bundle.name, bundle.what, bundle.source, RETRIEVED, bundle.published, bundle.terms])


if __name__ == "__main__":
    main()
