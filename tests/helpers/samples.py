"""Small sound files, one or more for each format that can be imported, and what they add up to.

To put a format under all of the tests here, add a function that returns a
:class:`Sample` and name it in ``MAKERS``. A sample is a file as the publisher
writes it, of some 10 to 60 rows, with ``total`` worked out from the figures
that went into it, not by reading it back.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

from comtrade_files import HEADER, comtrade_row, csv_bytes, make_file


@dataclass(frozen=True)
class Sample:
    """A sound file.

    Attributes:
        name: For the test's id.
        file_name: With the ending that the publisher uses.
        content: Its bytes.
        total: Sum of the values as reported, over all rows of every kind that are imported.
        rows: Rows that are imported.
        encoding: Of the text; None for a binary format.
        delimiter: Of a CSV file; None for others.
        header: Lines up to and with the header of a CSV file.
        values: Names of the columns that hold values, weights and quantities.
        mapping: Text of the mapping file it is read with.
        source: Source to name, where the content does not say.
        options: Further options of the import.
        free: Names of the columns that may hold any text and are kept.
        is_machine_written: Numbers are always written in one style, so that 1.234 can be nothing else.
    """

    name: str
    file_name: str
    content: bytes
    total: float
    rows: int
    encoding: str | None = "utf-8"
    delimiter: str | None = ","
    header: int = 1
    values: tuple[str, ...] = ()
    mapping: str | None = None
    source: str | None = None
    options: dict[str, object] = field(default_factory=dict)
    free: tuple[str, ...] = ()
    is_machine_written: bool = False

    @property
    def is_text(self) -> bool:
        """Whether it is a table of lines."""
        return self.encoding is not None and self.delimiter is not None

    def table(self) -> list[list[str]]:
        """Header and rows of a CSV file."""
        assert self.encoding is not None
        assert self.delimiter is not None
        text = self.content.decode(self.encoding)
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter))

    def written(self, table: Sequence[Sequence[str]], *, line_end: str = "\r\n") -> bytes:
        """A table as a file of this format."""
        assert self.encoding is not None
        assert self.delimiter is not None
        return written(table, self.delimiter, line_end).encode(self.encoding, "replace")


def written(table: Sequence[Sequence[object]], delimiter: str = ",", line_end: str = "\n") -> str:
    """A table as CSV text."""
    sink = io.StringIO()
    csv.writer(sink, delimiter=delimiter, lineterminator=line_end).writerows(table)
    return sink.getvalue()


PARTNERS = ("RUS", "KAZ", "KGZ", "ARM")
GOODS = ("010121", "854231", "847150", "270900")
VALUES = tuple(1234567.25 + 98765.5 * n for n in range(16))
"""Values of which each national style has something to say: over a million, with cents."""


def figures() -> list[tuple[str, str, float, float]]:
    """Sixteen figures: partner, good, value, weight."""
    places = [(partner, good) for partner in PARTNERS for good in GOODS]
    return [
        (partner, good, value, 1000.5 + n)
        for n, ((partner, good), value) in enumerate(zip(places, VALUES, strict=True))
    ]


def comtrade_csv() -> Sample:
    """Comtrade's table of 47 columns, totals beside their parts."""
    made = make_file(11, figures=24, unknown_partners=False)
    loaded = {tuple(row.items()): float(str(row["primaryValue"])) for row in made.rows}
    return Sample(
        name="comtrade csv",
        file_name="TradeData.csv",
        content=csv_bytes(made.rows),
        total=sum(loaded.values()),
        rows=-1,
        values=("primaryValue", "netWgt", "qty", "fobvalue", "cifvalue"),
        is_machine_written=True,
    )


def _plain_comtrade() -> list[dict[str, object]]:
    codes = {"RUS": "643", "KAZ": "398", "KGZ": "417", "ARM": "51"}
    return [
        comtrade_row(partnerCode=codes[partner], cmdCode=good, primaryValue=str(value), netWgt=str(weight))
        for partner, good, value, weight in figures()
    ]


def comtrade_plain_csv() -> Sample:
    """Comtrade's table, totals alone."""
    return Sample(
        name="comtrade plain csv",
        file_name="TradeData.csv",
        content=csv_bytes(_plain_comtrade()),
        total=sum(VALUES),
        rows=16,
        values=("primaryValue", "netWgt", "qty", "fobvalue", "cifvalue"),
        is_machine_written=True,
    )


def comtrade_bulk() -> Sample:
    """Comtrade's bulk text: the same columns, parted by tabs."""
    table = [HEADER, *([str(row[name]) for name in HEADER] for row in _plain_comtrade())]
    return Sample(
        name="comtrade bulk",
        file_name="COMTRADE-FINAL-CA156202101H5.txt",
        content=written(table, "\t", "\r\n").encode(),
        total=sum(VALUES),
        rows=16,
        delimiter="\t",
        values=("primaryValue", "netWgt", "qty", "fobvalue", "cifvalue"),
        is_machine_written=True,
    )


def comtrade_json() -> Sample:
    """A reply of Comtrade's API."""
    numbers = {"primaryValue", "netWgt", "qty", "fobvalue"}
    rows = [
        {name: float(str(value)) if name in numbers and value != "" else value for name, value in row.items()}
        for row in _plain_comtrade()
    ]
    reply = {"elapsedTime": "0.02 secs", "count": len(rows), "data": rows, "error": ""}
    return Sample(
        name="comtrade json",
        file_name="reply.json",
        content=json.dumps(reply).encode(),
        total=sum(VALUES),
        rows=16,
        delimiter=None,
    )


CANONICAL = (
    "period", "frequency", "reporter", "partner", "flow", "good", "revision", "value_usd", "net_kg", "quantity",
    "quantity_unit", "valuation", "is_estimated", "source",
)  # fmt: skip


def canonical_rows() -> list[list[object]]:
    """Rows of Stopgap's own table, in the order of ``CANONICAL``."""
    return [
        ["2021-03-01", "M", "CHN", partner, "X", good, "HS2017", value, weight, "", "", "FOB", "false", "made-up"]
        for partner, good, value, weight in figures()
    ]  # fmt: skip


def canonical_csv() -> Sample:
    """Stopgap's own table as CSV."""
    return Sample(
        name="canonical csv",
        file_name="trade.csv",
        content=written([CANONICAL, *canonical_rows()]).encode(),
        total=sum(VALUES),
        rows=16,
        values=("value_usd", "net_kg", "quantity"),
        free=("source", "quantity_unit"),
    )


def canonical_parquet() -> Sample:
    """Stopgap's own table as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = list(zip(*canonical_rows(), strict=True))
    table = pa.table({name: pa.array(column) for name, column in zip(CANONICAL, columns, strict=True)})
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return Sample("canonical parquet", "trade.parquet", sink.getvalue(), sum(VALUES), 16, None, None)


MAPPING = """
source: made-up
frequency: A
period: {column: year}
reporter: {value: CHN}
partner: {column: partner, scheme: iso3}
flow: {value: X}
good: {column: hs}
revision: {value: HS2017}
value: {column: usd, zero: reported}
net_kg: {column: kg}
"""


def _mapped_table() -> list[list[str]]:
    rows = [[good, str(weight), str(value), partner, "2021"] for partner, good, value, weight in figures()]
    return [["hs", "kg", "usd", "partner", "year"], *rows]


def mapped_csv() -> Sample:
    """A table of a user's, parted by semicolons."""
    return Sample(
        name="mapped csv",
        file_name="figures.csv",
        content=written(_mapped_table(), ";").encode(),
        total=sum(VALUES),
        rows=16,
        delimiter=";",
        values=("usd", "kg"),
        mapping=MAPPING,
    )


def mapped_value_last() -> Sample:
    """A table whose last column holds the values, so that a cut goes through a number."""
    table = [[row[0], row[1], row[3], row[4], row[2]] for row in _mapped_table()]
    return Sample(
        name="mapped value last",
        file_name="figures.csv",
        content=written(table, ",").encode(),
        total=sum(VALUES),
        rows=16,
        values=("usd", "kg"),
        mapping=MAPPING,
    )


def mapped_national() -> Sample:
    """A table with decimal commas and points between thousands, as its mapping says."""
    table = [
        [national(cell, ".", ",") if n and row[0] != "hs" and n in (1, 2) else cell for n, cell in enumerate(row)]
        for row in _mapped_table()
    ]  # fmt: skip
    return Sample(
        name="mapped national",
        file_name="figures.csv",
        content=written(table, ";").encode(),
        total=sum(VALUES),
        rows=16,
        delimiter=";",
        values=("usd", "kg"),
        is_machine_written=True,
        mapping=MAPPING + 'decimal: ","\nthousands: "."\n',
    )


def mapped_wide() -> Sample:
    """A table with one column a year."""
    mapping = """
source: made-up
frequency: A
good: {value: "84"}
revision: {value: HS}
value: {scale: 1, zero: reported}
wide:
  - {columns: "x_{period}", flow: X, reporter: {value: CHN}, partner: {column: to, scheme: iso3}}
"""
    rows = [[partner, *(str(VALUES[4 * n + year]) for year in range(4))] for n, partner in enumerate(PARTNERS)]
    header = ["to", *(f"x_{year}" for year in range(2018, 2022))]
    return Sample(
        name="mapped wide",
        file_name="wide.csv",
        content=written([header, *rows]).encode(),
        total=sum(VALUES),
        rows=16,
        values=tuple(header[1:]),
        mapping=mapping,
    )


def mapped_parquet() -> Sample:
    """A table of a user's as Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    header, *rows = _mapped_table()
    table = pa.table({name: [row[n] for row in rows] for n, name in enumerate(header)})
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return Sample("mapped parquet", "figures.parquet", sink.getvalue(), sum(VALUES), 16, None, None, mapping=MAPPING)


def mapped_xlsx() -> Sample:
    """A table of a user's as a workbook, numbers as numbers."""
    import xlsxwriter

    sink = io.BytesIO()
    with xlsxwriter.Workbook(sink, {"in_memory": True}) as book:
        sheet = book.add_worksheet("figures")
        for place, row in enumerate(_mapped_table()):
            is_header = place == 0
            sheet.write_row(
                place, 0, [float(cell) if not is_header and n in (1, 2) else cell for n, cell in enumerate(row)]
            )
    return Sample("mapped xlsx", "figures.xlsx", sink.getvalue(), sum(VALUES), 16, None, None, mapping=MAPPING)


def national(number: str, thousands: str, decimal: str, *, indian: bool = False) -> str:
    """A number as a country writes it; texts that are none stay."""
    whole, point, cents = number.partition(".")
    if not whole.isdigit() or (point and not cents.isdigit()):
        return number
    head, groups = (whole[:-3], [whole[-3:]])
    size = 2 if indian else 3
    while head:
        head, groups = head[:-size], [head[-size:], *groups]
    return thousands.join(groups) + (decimal + cents if point else "")


MAKERS: tuple[Callable[[], Sample], ...] = (
    comtrade_csv,
    comtrade_plain_csv,
    comtrade_bulk,
    comtrade_json,
    canonical_csv,
    canonical_parquet,
    mapped_csv,
    mapped_value_last,
    mapped_national,
    mapped_wide,
    mapped_parquet,
    mapped_xlsx,
)


@cache
def samples() -> dict[str, Sample]:
    """All samples by name."""
    import samples_eurostat  # these take what they are made of from here
    import samples_national

    makers = (*MAKERS, *samples_national.MAKERS, *samples_eurostat.MAKERS)
    return {sample.name: sample for sample in (make() for make in makers)}
