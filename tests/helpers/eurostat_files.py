"""One set of figures in each layout in which Eurostat gives them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

BULK = (
    "REPORTER,PARTNER,TRADE_TYPE,PRODUCT_NC,PRODUCT_SITC,PRODUCT_CPA21,PRODUCT_CPA22,PRODUCT_BEC,PRODUCT_BEC5,"
    "PRODUCT_SECTION,FLOW,STAT_PROCEDURE,SUPPL_UNIT,PERIOD,VALUE_EUR,VALUE_NAC,QUANTITY_KG,QUANTITY_SUPPL_UNIT"
)
OLD_BULK = (
    "DECLARANT,DECLARANT_ISO,PARTNER,PARTNER_ISO,TRADE_TYPE,PRODUCT_NC,PRODUCT_SITC,PRODUCT_cpa2002,PRODUCT_cpa2008,"
    "PRODUCT_CPA2_1,PRODUCT_BEC,PRODUCT_SECTION,FLOW,STAT_REGIME,SUPP_UNIT,PERIOD,VALUE_IN_EUROS,QUANTITY_IN_KG,"
    "SUP_QUANTITY"
)
SDMX = "DATAFLOW,LAST UPDATE,freq,reporter,partner,product,flow,indicators,TIME_PERIOD,OBS_VALUE"

LABELS = {
    "AT": "Austria",
    "DE": "Germany (incl. German Democratic Republic 'DD' from 1991)",
    "FR": "France (incl. Saint Barthélemy 'BL' -> 2012; incl. French Guiana 'GF', Guadeloupe 'GP', "
    "Martinique 'MQ', Réunion 'RE' from 1997; incl. Mayotte 'YT' from 2014)",
    "IE": "Ireland (Eire)",
    "GR": "Greece",
    "EU27_2020": "European Union - 27 countries (AT, BE, BG, CY, CZ, DE, DK, EE, ES, FI, FR, GR, HR, HU, IE, IT, "
    "LT, LU, LV, MT, NL, PL, PT, RO, SE, SI, SK)",
    "RU": "Russian Federation (Russia)",
    "BY": "Belarus (Belorussia)",
    "KZ": "Kazakhstan",
    "KG": "Kyrgyzstan",
    "GB": "United Kingdom",
}
FLOWS = {"1": "IMPORT", "2": "EXPORT"}
MONTHS = ("Jan.", "Feb.", "Mar.", "Apr.", "May.", "Jun.", "Jul.", "Aug.", "Sep.", "Oct.", "Nov.", "Dec.")
PRODUCTS = {"TOTAL": "Total", "85423110": "Processors: multichip [sic]", "8542": "Circuits", "01012100": "Horses"}


@dataclass(frozen=True, order=True)
class Figure:
    """What a member reported: euro and kilograms, of a month (``2024-01``) or a year."""

    reporter: str
    partner: str
    product: str
    flow: str
    period: str
    euro: int
    kg: int

    @property
    def bulk_period(self) -> str:
        """As Comext's bulk files write it: month 52 is the year."""
        return self.period.replace("-", "") if "-" in self.period else f"{self.period}52"

    @property
    def spoken_period(self) -> str:
        """As EasyComext writes it."""
        year, _, month = self.period.partition("-")
        return f"{MONTHS[int(month) - 1] if month else 'Jan.-Dec.'} {year}"

    @property
    def cells(self) -> tuple[tuple[str, str], ...]:
        """Indicators and their values."""
        return (("VALUE_IN_EUROS", str(self.euro)), ("QUANTITY_IN_100KG", f"{self.kg / 100:.2f}"))


def bulk(figures: Iterable[Figure]) -> bytes:
    """Comext's bulk file of today."""
    rows = [
        f"{f.reporter},{f.partner},E,{f.product},77641,2611,2611,420,310210,16,{f.flow},1,NO_SU,{f.bulk_period},"
        f"{f.euro},{f.euro},{f.kg},0"
        for f in figures
    ]
    return "\n".join([BULK, *rows, ""]).encode()


def old_bulk(figures: Iterable[Figure]) -> bytes:
    """Comext's bulk file in the older layout, with Eurostat's numbers beside the letters."""
    rows = [
        f"004,{f.reporter},0075,{f.partner},E,{f.product},77641,3210,2611,2611,420,16,{f.flow},4,,{f.bulk_period},"
        f"{f.euro},{f.kg},0"
        for f in figures
    ]
    return "\n".join([OLD_BULK, *rows, ""]).encode()


def sdmx(figures: Iterable[Figure]) -> bytes:
    """SDMX-CSV 1.0."""
    rows = [
        f"ESTAT:DS-045409(1.0),16/07/26 11:00:00,{'M' if '-' in f.period else 'A'},{f.reporter},{f.partner},"
        f"{f.product},{f.flow},{indicator},{f.period},{value}"
        for f in figures
        for indicator, value in f.cells
    ]
    return "\r\n".join([SDMX, *rows, ""]).encode()


def sdmx_labelled(figures: Iterable[Figure]) -> bytes:
    """SDMX-CSV with codes and labels in one column."""
    header = (
        "DATAFLOW,LAST UPDATE,freq: Time frequency,reporter: REPORTER,partner: PARTNER,product: PRODUCT,flow: FLOW,"
        "indicators: INDICATORS,TIME_PERIOD: Time,OBS_VALUE: Observation value,OBS_FLAG: Observation status"
    )
    rows = [
        f'ESTAT:DS-045409(1.0): EU trade since 1988,16/07/26 11:00:00,M: Monthly,"{f.reporter}: {LABELS[f.reporter]}",'
        f'"{f.partner}: {LABELS[f.partner]}",{f.product}: {PRODUCTS[f.product]},{f.flow}: {FLOWS[f.flow]},'
        f"{indicator}: {indicator},{f.period},{value},"
        for f in figures
        for indicator, value in f.cells
    ]
    return "\n".join([header, *rows, ""]).encode()


def sdmx_two(figures: Iterable[Figure]) -> bytes:
    """SDMX-CSV 2.0, with the labels in columns of their own."""
    header = (
        "STRUCTURE,STRUCTURE_ID,STRUCTURE_NAME,freq,Time frequency,reporter,REPORTER,partner,PARTNER,product,PRODUCT,"
        "flow,FLOW,indicators,INDICATORS,TIME_PERIOD,Time,OBS_VALUE,Observation value,OBS_FLAG,"
        "Observation status (Flag),CONF_STATUS,Confidentiality status (flag)"
    )
    rows = [
        f'dataflow,ESTAT:DS-045409(1.0),EU trade since 1988,M,Monthly,{f.reporter},"{LABELS[f.reporter]}",{f.partner},'
        f'"{LABELS[f.partner]}",{f.product},{PRODUCTS[f.product]},{f.flow},{FLOWS[f.flow]},{indicator},{indicator},'
        f"{f.period},,{value},,,,,"
        for f in figures
        for indicator, value in f.cells
    ]
    return "\n".join([header, *rows, ""]).encode()


def tsv(figures: Iterable[Figure]) -> bytes:
    """TSV: one period a column, flags behind the figures, a colon where there is none."""
    given = list(figures)
    periods = sorted({f.period for f in given})
    cells: dict[str, dict[str, str]] = {}
    for f in given:
        for indicator, value in f.cells:
            row = f"{'M' if '-' in f.period else 'A'},{f.reporter},{f.partner},{f.product},{f.flow},{indicator}"
            cells.setdefault(row, {})[f.period] = value
    header = "freq,reporter,partner,product,flow,indicators\\TIME_PERIOD"
    rows = ["\t".join([name, *(f"{found.get(period, ':')} " for period in periods)]) for name, found in cells.items()]
    return "\n".join(["\t".join([header, *(f"{period} " for period in periods)]), *rows, ""]).encode()


def easy(figures: Iterable[Figure], *, joined: bool = False) -> bytes:
    """EasyComext's table with labels; ``joined`` puts the code before each."""
    header = "REPORTER,PARTNER,PRODUCT,FLOW,STAT_PROCEDURE,PERIOD,VALUE_IN_EUR,QUANTITY_IN_100KG"

    def both(code: str, label: str) -> str:
        return f'"{code}-{label}"' if joined else f'"{label}"'

    rows = [
        ",".join(
            [
                both(f.reporter, LABELS[f.reporter]),
                both(f.partner, LABELS[f.partner]),
                both(f.product, PRODUCTS[f.product]) if joined or f.product == "TOTAL" else f'"{f.product}"',
                both(f.flow, FLOWS[f.flow]),
                both("4", "Total"),
                f'"{f.bulk_period}-{f.spoken_period}"' if joined else f'"{f.spoken_period}"',
                str(f.euro),
                f.cells[1][1],
            ]
        )
        for f in figures
    ]
    return "\r\n".join([header, *rows, ""]).encode()


Sheet = Sequence[Sequence[object]]


def sheet(
    rows: Sequence[Sequence[object]],
    periods: Sequence[str],
    *,
    product: str = "Processors [85423110]",
    flow: str = "EXPORT",
    indicator: str = "VALUE_IN_EUROS",
    dataset: str = "EU trade since 1988 by HS2-4-6 and CN8 [DS-045409]",
) -> Sheet:
    """A sheet of the data browser's: lines on the dataset, fixed dimensions, periods, rows, legend."""
    return [
        ["Data extracted on 17/01/2023 10:44:26 from [ESTAT]"],
        ["Dataset: ", dataset],
        ["Last updated: ", "13/01/2023 11:00"],
        [],
        ["FREQ [FREQ]", None, "Monthly [M]"],
        ["PRODUCT [PRODUCT]", None, product],
        ["FLOW", None, flow],
        ["INDICATORS [INDICATORS]", None, indicator],
        [],
        ["TIME", "TIME", *periods],
        ["REPORTER (Labels)", "PARTNER (Labels)"],
        *rows,
        [],
        ["Special value"],
        [":", "not available"],
    ]


def book(sheets: Sequence[Sheet], *, is_tagged_wrong: bool = True) -> bytes:
    """A workbook with a summary and a structure; each sheet's tag of its size says A1."""
    import openpyxl

    made = openpyxl.Workbook()
    made.remove(made.active)
    made.create_sheet("Summary").append(["Contents", "Sheet 1"])
    made.create_sheet("Structure").append(["Dimension", "Position"])
    for number, rows in enumerate(sheets, start=1):
        page = made.create_sheet(f"Sheet {number}")
        for row in rows:
            page.append(list(row))
    sink = io.BytesIO()
    made.save(sink)
    return _mistagged(sink.getvalue()) if is_tagged_wrong else sink.getvalue()


def _mistagged(content: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename.startswith("xl/worksheets/"):
                data = re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1"', data)
            new.writestr(entry.filename, data)
    return sink.getvalue()


def workbook(figures: Iterable[Figure]) -> bytes:
    """The data browser's workbook: a sheet for each product, flow and indicator."""
    given = sorted(figures, key=lambda f: (f.product, f.flow))
    periods = sorted({f.period for f in given})
    sheets = []
    for (product, flow), group in groupby(given, key=lambda f: (f.product, f.flow)):
        chosen = list(group)
        for place, indicator in enumerate(("VALUE_IN_EUROS", "QUANTITY_IN_100KG")):
            pairs = sorted({(f.reporter, f.partner) for f in chosen})
            cells = {(f.reporter, f.partner, f.period): float(f.cells[place][1]) for f in chosen}
            rows = [[LABELS[r], LABELS[p], *(cells.get((r, p, period), ":") for period in periods)] for r, p in pairs]
            label = f"{PRODUCTS[product]} [{product}]"
            sheets.append(sheet(rows, periods, product=label, flow=FLOWS[flow], indicator=indicator))
    return book(sheets)


LAYOUTS = {
    "bulk": ("full_v2_202401.dat", bulk),
    "old bulk": ("nc200801.dat", old_bulk),
    "sdmx": ("ds-045409_linear.csv", sdmx),
    "sdmx labelled": ("ds-045409_labelled.csv", sdmx_labelled),
    "sdmx two": ("ds-045409_two.csv", sdmx_two),
    "tsv": ("ds-045409.tsv", tsv),
    "easy": ("Relational_View.csv", easy),
    "easy joined": ("Relational_View_2.csv", lambda figures: easy(figures, joined=True)),
    "workbook": ("ds-045409_spreadsheet.xlsx", workbook),
}
