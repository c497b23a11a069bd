"""Made-up Comtrade files whose every figure is known, and faults put into them.

A figure is drawn first, then written in one of the shapes that real files have:
the total alone, the total beside its parts, or parts alone that add up to it.
Values are quarters of a dollar, so that sums are exact in any order.
"""

from __future__ import annotations

import csv
import gzip
import io
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HEADER = (
    "typeCode", "freqCode", "refPeriodId", "refYear", "refMonth", "period", "reporterCode", "reporterISO",
    "reporterDesc", "flowCode", "flowDesc", "partnerCode", "partnerISO", "partnerDesc", "partner2Code",
    "partner2ISO", "partner2Desc", "classificationCode", "classificationSearchCode", "isOriginalClassification",
    "cmdCode", "cmdDesc", "aggrLevel", "isLeaf", "customsCode", "customsDesc", "mosCode", "motCode", "motDesc",
    "qtyUnitCode", "qtyUnitAbbr", "qty", "isQtyEstimated", "altQtyUnitCode", "altQtyUnitAbbr", "altQty",
    "isAltQtyEstimated", "netWgt", "isNetWgtEstimated", "grossWgt", "isGrossWgtEstimated", "cifvalue", "fobvalue",
    "primaryValue", "legacyEstimationFlag", "isReported", "isAggregate",
)  # fmt: skip

REPORTERS = {
    "156": "CHN",
    "276": "DEU",
    "842": "USA",
    "251": "FRA",
    "757": "CHE",
    "579": "NOR",
    "699": "IND",
    "792": "TUR",
}
PARTNERS = {
    "643": "RUS",
    "398": "KAZ",
    "417": "KGZ",
    "51": "ARM",
    "784": "ARE",
    "344": "HKG",
    "490": "TWN",
    "804": "UKR",
    "8": "ALB",
}
AGGREGATES = {"0": "W00", "899": "_X", "97": "EU", "568": "E19", "837": "X1", "838": "X2", "839": "XX"}
UNKNOWN_PARTNERS = ("4711", "995")
REVISIONS = {"H4": "HS2012", "H5": "HS2017", "H6": "HS2022"}
GOODS = ("854231", "847150", "010121", "270900", "8542", "84", "01", "9999AA", "880330")
DESCRIPTIONS = (
    "Electronic integrated circuits",
    'Machines; "as such", n.e.c.',
    "Ships' derricks, cranes",
    "Côte d'Ivoire – Türkiye",
    "=1+1; not a formula",
    "",
)
BASIC_FLOWS = ("X", "M", "RX", "RM")
PART_FLOWS = ("DX", "FM")

Row = dict[str, object]
Key = tuple[str, str, str, str, str, str]


def comtrade_row(**changes: object) -> Row:
    """One row of the file: China's exports of chips to Russia in 2021, unless told otherwise."""
    row: Row = {
        "typeCode": "C", "freqCode": "A", "refPeriodId": "20210101", "refYear": "2021", "refMonth": "52", "period": "2021",
        "reporterCode": "156", "reporterISO": "CHN", "reporterDesc": "China", "flowCode": "X", "flowDesc": "Export",
        "partnerCode": "643", "partnerISO": "RUS", "partnerDesc": "Russian Federation", "partner2Code": "0",
        "partner2ISO": "W00", "partner2Desc": "World", "classificationCode": "H5", "classificationSearchCode": "HS",
        "isOriginalClassification": "True", "cmdCode": "854231", "cmdDesc": "Circuits", "aggrLevel": "6", "isLeaf": "True",
        "customsCode": "C00", "customsDesc": "TOTAL CPC", "mosCode": "0", "motCode": "0", "motDesc": "TOTAL MOT",
        "qtyUnitCode": "8", "qtyUnitAbbr": "kg", "qty": "12.5", "isQtyEstimated": "False", "altQtyUnitCode": "-1",
        "altQtyUnitAbbr": "N/A", "altQty": "0.0", "isAltQtyEstimated": "False", "netWgt": "12.5",
        "isNetWgtEstimated": "False", "grossWgt": "0.0", "isGrossWgtEstimated": "False", "cifvalue": "", "fobvalue": "100.0",
        "primaryValue": "100.0", "legacyEstimationFlag": "0", "isReported": "True", "isAggregate": "True",
    }  # fmt: skip
    assert set(changes) <= set(HEADER)
    if "primaryValue" in changes and "fobvalue" not in changes:
        row["fobvalue"] = changes["primaryValue"]
    return row | changes


def csv_bytes(
    rows: Iterable[Mapping[str, object]],
    *,
    columns: Sequence[str] = HEADER,
    line_end: str = "\r\n",
    quote_all: bool = False,
    bom: bool = False,
    encoding: str = "utf-8",
) -> bytes:
    """The rows as the bytes of a CSV file."""
    sink = io.StringIO()
    style = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    writer = csv.DictWriter(sink, columns, extrasaction="ignore", lineterminator=line_end, quoting=style)
    writer.writeheader()
    writer.writerows(rows)
    return (b"\xef\xbb\xbf" if bom else b"") + sink.getvalue().encode(encoding)


def put_file(folder: Path, content: bytes, name: str = "TradeData.csv") -> Path:
    """A file with these bytes; gzip where the name says so."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(gzip.compress(content, 1, mtime=0) if name.endswith(".gz") else content)
    return path


@dataclass
class Made:
    """A made-up file and what must become of it.

    Attributes:
        rows: Rows of the file, in order, repetitions included.
        repeated: How many of them repeat another.
        figures: Value of each figure (reporter, partner, flow, period, good, revision), parts put together.
        weights: Net weight of those figures whose total stands in the file; None where it is not given.
        parts: Value of the parts beside each figure whose total stands in the file.
    """

    rows: list[Row] = field(default_factory=list)
    repeated: int = 0
    figures: dict[Key, float] = field(default_factory=dict)
    weights: dict[Key, float | None] = field(default_factory=dict)
    parts: dict[Key, float] = field(default_factory=dict)

    def sums_by_flow(self) -> dict[str, float]:
        """Sum of ``primaryValue`` for each flow, repetitions counted once: the file's own column sums."""
        sums: dict[str, float] = defaultdict(float)
        for row in {tuple(row.items()): row for row in self.rows}.values():
            sums[str(row["flowCode"])] += float(str(row["primaryValue"]))
        return dict(sums)

    def economies(self) -> dict[Key, float]:
        """The figures between two economies: all that ``trade`` may hold."""
        return {
            key: value
            for key, value in self.figures.items()
            if key[0] in REPORTERS.values()
            and key[1] in PARTNERS.values()
            and key[2] in BASIC_FLOWS
            and key[4] != "TOTAL"
        }


def make_file(seed: int, *, figures: int = 60, unknown_partners: bool | None = None) -> Made:
    """A file of random figures in random shapes."""
    draw = random.Random(seed)
    if unknown_partners is None:
        unknown_partners = draw.random() < 0.4
    made = Made()
    is_monthly = draw.random() < 0.5
    for _ in range(figures):
        _add_figure(draw, made, is_monthly=is_monthly, unknown_partners=unknown_partners)
    for row in draw.sample(made.rows, draw.choice((0, 0, 1, 5))):
        made.rows.append(dict(row))
        made.repeated += 1
    draw.shuffle(made.rows)
    return made


def _add_figure(draw: random.Random, made: Made, *, is_monthly: bool, unknown_partners: bool) -> None:
    reporter, reporter_code = draw.choice([*REPORTERS.items(), ("97", "EU")])
    partner = draw.choice([*PARTNERS, *AGGREGATES, *(UNKNOWN_PARTNERS if unknown_partners else ())])
    period = f"20{draw.randint(18, 23)}" + (f"{draw.randint(1, 12):02}" if is_monthly else "")
    flow = draw.choice(BASIC_FLOWS * 3 + PART_FLOWS)
    good = draw.choice([*GOODS, "TOTAL"])
    revision = draw.choice(list(REVISIONS))
    key = (reporter_code, (PARTNERS | AGGREGATES).get(partner, partner), flow, period, good, REVISIONS[revision])
    if key in made.figures:
        return
    first = {
        "freqCode": "M" if is_monthly else "A", "refPeriodId": f"{period:0<8}", "refYear": period[:4],
        "refMonth": period[4:] or "52", "period": period, "reporterCode": reporter, "reporterISO": reporter_code,
        "flowCode": flow, "partnerCode": partner, "partnerISO": f"P{partner}", "classificationCode": revision,
        "cmdCode": good, "cmdDesc": draw.choice(DESCRIPTIONS), "isReported": draw.choice(("True", "False")),
    }  # fmt: skip

    def part(value: float, **dimensions: str) -> Row:
        weight = draw.choice(("", "0", "0.0", str(draw.randint(1, 10**6) / 4)))
        exports = flow in ("X", "RX", "DX")
        return comtrade_row(
            **first, **dimensions, primaryValue=str(value), fobvalue=str(value) if exports else "", cifvalue="" if exports else str(value),
            netWgt=weight, isNetWgtEstimated=draw.choice(("True", "False")), qty=draw.choice(("", "0.0", "7.25")),
            qtyUnitCode=draw.choice(("-1", "8", "5")),
        )  # fmt: skip

    value = draw.choice((0.0, draw.randint(1, 4000) / 4, draw.randint(1, 4 * 10**10) / 4))
    shape = draw.choice(("total", "total", "total", "total and parts", "parts", "margin and cross", "cross"))
    if flow in PART_FLOWS:
        shape = "total"
    made.figures[key] = value
    if shape in ("total", "total and parts"):
        row = part(value)
        made.rows.append(row)
        weight = float(str(row["netWgt"]) or 0)
        made.weights[key] = weight or None
    if shape in ("total and parts", "parts"):
        pieces = _pieces(draw, value)
        dimension, values = draw.choice(
            (("motCode", ("1000", "2100", "3200", "9000")), ("customsCode", ("C01", "C04", "C20", "C09")),
             ("partner2Code", ("398", "156", "276", "899")), ("mosCode", ("1", "2", "3", "4")))
        )  # fmt: skip
        made.rows += [part(piece, **{dimension: values[i]}) for i, piece in enumerate(pieces)]
        if shape == "total and parts":
            made.parts[key] = value
    if shape in ("cross", "margin and cross"):
        for i, piece in enumerate(_pieces(draw, value)):
            mode = ("1000", "2100", "3200", "9000")[i]
            made.rows += [
                part(smaller, motCode=mode, customsCode=("C01", "C04", "C20", "C09")[j])
                for j, smaller in enumerate(_pieces(draw, piece))
            ]
            if shape == "margin and cross":
                made.rows.append(part(piece, motCode=mode))
                made.parts[key] = value


def _pieces(draw: random.Random, value: float) -> list[float]:
    """Two to four quarters-of-a-dollar amounts that add up to a value."""
    left, pieces = int(value * 4), []
    for _ in range(draw.randint(1, 3)):
        piece = draw.randint(0, left)
        pieces.append(piece / 4)
        left -= piece
    return [*pieces, left / 4]
