"""Write the figures and lists that the package carries, from the official files in ../shared/data.

    python tools/build_demo.py [FILE …]

Each official file is imported into a scratch lake as a user would import it; the
figures kept are then written in Stopgap's own table format, with SOURCES.csv
beside them. With names of files, only those are written. Run by a maintainer when
the figures or the format change.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from demo_lists import ACTS, LIST_DATE, write_act
from demo_tables import india_table, taiwan_table

from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.lake.snapshot import opened
from stopgap.panel.episodes import load_episode

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT.parent / "shared" / "data"
SHARED = DATA / "trade"
LISTS = DATA / "lists" / "eu-journal" / "consolidated"
TARGET = ROOT / "src" / "stopgap" / "demo" / "data"
RETRIEVED = "2026-11-24"
LATER = "2026-11-30"

COLUMNS = (
    "period, frequency, reporter, partner, flow, good, revision, value_usd, net_kg, quantity, quantity_unit, "
    "valuation, is_estimated, source, kind, currency, value_reported, usd_per_unit"
)
COMTRADE_TERMS = "UN Comtrade; re-dissemination of selected figures with acknowledgement (UN Comtrade terms of use)"
EUROSTAT_TERMS = "Eurostat; reuse with acknowledgement of the source (Commission Decision 2011/833/EU)"
BACI_TERMS = (
    "CEPII, BACI release V202501; Etalab Open Licence 2.0; cite Gaulier and Zignago (2010), BACI: International Trade "
    "Database at the Product-Level"
)
INDIA_TERMS = (
    "Government of India, Ministry of Commerce and Industry, MEIDB; facts of published statistics, source named"
)
TAIWAN_TERMS = "Customs Administration, Taiwan; facts of published statistics, source named"
EU_TERMS = "facts of EU law (names, days, codes); EUR-Lex, reuse with acknowledgement (Commission Decision 2011/833/EU)"
ATLAS_TERMS = "Growth Lab, Harvard University, Atlas of Economic Complexity (doi:10.7910/DVN/YAVJDF); cite the source"


@dataclass(frozen=True)
class Bundle:
    """One file to write: from which official files, and which rows of them."""

    name: str
    files: tuple[str, ...]
    mapping: str | None
    select: str
    what: str
    source: str
    published: str
    terms: str
    retrieved: str = RETRIEVED
    revision: str | None = None  # of files that do not say it
    prepare: Callable[..., None] | None = None  # writes, from the files, the one table that is imported


@dataclass(frozen=True)
class ListBundle:
    """One list to write: the act that it is of, and its row of SOURCES.csv."""

    name: str
    act: str
    what: str
    source: str = "EU, Official Journal, consolidated acts, by way of a public transcription"
    published: str = LIST_DATE
    terms: str = EU_TERMS
    retrieved: str = RETRIEVED


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
        *by_hs6(rows),
    ]


def by_hs6(rows: str) -> list[Bundle]:
    """The files by HS6 that show what was shipped: China's and India's to Russia, Taiwan's chips to everyone."""
    return [
        Bundle(
            name="china-russia-hs6-annual.parquet",
            files=("baci-china-russia/baci_russia_china_processed_2017_2023.csv",),
            mapping=None,
            select=f"{rows} WHERE reporter = 'CHN' AND partner = 'RUS' AND flow = 'X'",
            what="Exports of China to Russia by HS6 (HS2017), value and weight. Annual, 2017 to 2023. Reconciled by CEPII, not "
            "an exporter's report: to 2021 from China's and Russia's reports, from 2022 from China's alone. Machinery and "
            "electronics before 2022 lie 16 to 20 % above China's own report (2023: equal), so growth across 2022 is "
            "understated. LCD devices left 901380 in 2022, and 852990 and 854140 jump: leave them out of comparisons across "
            "2022. 8806, 8807 and six codes of the Common High Priority List are not codes of HS2017. Absent is no trade or "
            "none recorded. No other destinations, so no counterfactual.",
            source="BACI (CEPII), release V202501, by way of a public extract of the pair",
            published="",
            terms=BACI_TERMS,
            retrieved=LATER,
            revision="HS2017",
        ),
        Bundle(
            name="india-russia-hs6-monthly.parquet",
            files=("india-russia-hs6/india_to_russia_hs6_monthly_2017_2025-01.csv",),
            mapping=None,
            select=rows,
            what="Exports of India to Russia by HS6, as India reports them (FOB). Monthly, 2017-01 to 2025-01. In steps of "
            "USD 10,000: a zero is a flow below USD 5,000. HS2017 until 2022-03, HS2022 from 2022-04, where the codes change. "
            "No weights.",
            source="Ministry of Commerce and Industry of India (MEIDB), by way of a public extract",
            published="",
            terms=INDIA_TERMS,
            retrieved=LATER,
            prepare=india_table,
        ),
        Bundle(
            name="taiwan-chips-hs6-annual.parquet",
            files=("taiwan-8542/taiwan_exports_by_country_2013_2025.csv", "taiwan-8542/country_name_map_full.json"),
            mapping=None,
            select=rows,
            what="Exports of Taiwan of integrated circuits (HS 8542) to every destination, by HS6: sums of 11-digit codes. "
            "Annual, 2013 to 2024. Re-exports are included (flow X, FOB); the destination is the declared one. Destinations "
            "that the source does not name (USD 16 million in all) stand as Areas, nes.",
            source="Customs Administration of Taiwan, by way of a public extract",
            published="",
            terms=TAIWAN_TERMS,
            retrieved=LATER,
            prepare=taiwan_table,
        ),
    ]


def lists() -> list[ListBundle]:
    """The lists that the package carries."""
    what = (
        "organisations{more} listed by the EU under Regulation (EU) No {number} as consolidated on 17 July 2026: annex, "
        "programme, measure, day of listing, name, aliases, numbers, and the economies that flag, address or register name. "
        "No natural persons, no addresses, no reasons."
    )
    return [
        ListBundle("eu-833-2014.csv.gz", ACTS[0], f"The {what.format(more=' and vessels', number='833/2014')}"),
        ListBundle("eu-269-2014.csv.gz", ACTS[1], f"The {what.format(more='', number='269/2014')}"),
    ]


def write(bundle: Bundle, scratch: Path) -> int:
    """Write one file; its number of rows."""
    lake = scratch / bundle.name
    files = [SHARED / file for file in bundle.files]
    if bundle.prepare is not None:
        table = scratch / f"{Path(bundle.name).stem}.csv"
        bundle.prepare(*files, table)
        files = [table]
    for file in files:
        import_paths(lake, [file], ImportRequest(mapping=bundle.mapping, revision=bundle.revision))
    target = TARGET / bundle.name
    with opened(lake) as (con, _):
        order = "ORDER BY source, frequency, flow, partner, good, period, reporter, revision, kind"
        [(rows,)] = con.execute(
            # value_usd is the product of two other columns, and is left to the import.
            f"COPY (SELECT * EXCLUDE (value_usd) FROM (SELECT {COLUMNS} FROM ({bundle.select})) {order}) TO '{target}' "
            "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 19, ROW_GROUP_SIZE 1000000)"
        ).fetchall()
    return int(rows)


SAMPLE_ROW = (
    "screening-sample.csv",
    "Eleven names to screen against the bundled lists: eight of listed organisations and a vessel, written otherwise than the "
    "lists do, and three of companies that are not listed.",
    "Chosen and written by us; the ids are those of the bundled lists",
    "2026-11-30",
    "",
    "As the project",
)
"""Row of SOURCES.csv on the names that the demo screens, which no script writes."""


def main() -> None:
    """Write every file, or those named, and SOURCES.csv."""
    TARGET.mkdir(parents=True, exist_ok=True)
    made: list[Bundle | ListBundle] = [*bundles(), *lists()]
    wanted = sys.argv[1:] or [bundle.name for bundle in made]
    with tempfile.TemporaryDirectory() as scratch:
        for bundle in made:
            if bundle.name not in wanted:
                continue
            if isinstance(bundle, ListBundle):
                rows = write_act(LISTS / f"{bundle.act}.csv", TARGET / bundle.name)
            else:
                rows = write(bundle, Path(scratch))
            print(f"{bundle.name}: {rows:,} rows, {(TARGET / bundle.name).stat().st_size:,} bytes")
    with (TARGET / "SOURCES.csv").open("w", encoding="utf-8", newline="") as table:
        writer = csv.writer(table, lineterminator="\n")
        writer.writerow(["file", "what", "source", "retrieved", "published", "terms"])
        for bundle in made:
            writer.writerow([bundle.name, bundle.what, bundle.source, bundle.retrieved, bundle.published, bundle.terms])
        writer.writerow(SAMPLE_ROW)


if __name__ == "__main__":
    main()
