"""Format simulated trade as CSV rows in Comtrade's current layout of 47 columns, and write files of them.

A row is assembled from parts that many rows share (reporter and period, partner, good), so
that millions of rows need only a few column-wise joins.
"""

from __future__ import annotations

import csv
import gzip
import io
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stopgap.simulate.names import COMTRADE_CLASSES, Names
from stopgap.simulate.plan import Array

COLUMNS = (
    "typeCode", "freqCode", "refPeriodId", "refYear", "refMonth", "period", "reporterCode", "reporterISO",
    "reporterDesc", "flowCode", "flowDesc", "partnerCode", "partnerISO", "partnerDesc", "partner2Code",
    "partner2ISO", "partner2Desc", "classificationCode", "classificationSearchCode", "isOriginalClassification",
    "cmdCode", "cmdDesc", "aggrLevel", "isLeaf", "customsCode", "customsDesc", "mosCode", "motCode", "motDesc",
    "qtyUnitCode", "qtyUnitAbbr", "qty", "isQtyEstimated", "altQtyUnitCode", "altQtyUnitAbbr", "altQty",
    "isAltQtyEstimated", "netWgt", "isNetWgtEstimated", "grossWgt", "isGrossWgtEstimated", "cifvalue", "fobvalue",
    "primaryValue", "legacyEstimationFlag", "isReported", "isAggregate",
)  # fmt: skip
"""Comtrade's columns in order. Descriptions are empty, as in its bulk files."""

HEADER = (",".join(COLUMNS) + "\n").encode()

NO_ALTERNATIVE = "False,-1,N/A,0.0,False,"
NO_WEIGHT = f"-1,N/A,0.0,{NO_ALTERNATIVE}0.0,False,0.0,False,"
MONEY = pa.decimal128(20, 2)
WEIGHT = pa.decimal128(20, 3)

Places = NDArray[np.intp]
Progress = Callable[[str, float], None]
"""Callback for progress: description of the step, and the share done."""


@dataclass(frozen=True)
class Flows:
    """Trade rows as indices along a world's axes; as a partner, the index after the last economy is the World.

    ``net_kg`` is NaN where not known; ``flow`` is ``X`` (FOB) or ``M`` (CIF).
    """

    reporter: Places
    partner: Places
    good: Places
    period: Places
    value_usd: Array
    net_kg: Array
    flow: str

    def between(self, start: int, stop: int) -> Flows:
        """Return the rows from ``start`` up to ``stop``."""
        at = slice(start, stop)
        return Flows(
            self.reporter[at], self.partner[at], self.good[at], self.period[at], self.value_usd[at],
            self.net_kg[at], self.flow,
        )  # fmt: skip


def sums_over_partners(value: Array, reporters: Places, flow: str, world: int) -> Flows:
    """Return rows of each reporter's trade with the World (index ``world``), from an array (reporter, good, period)."""
    value = np.round(value, 2)
    place, good, period = np.nonzero(value)
    count = len(place)
    sides = (reporters[place], np.full(count, world))
    return Flows(*sides, good, period, value[place, good, period], np.full(count, np.nan), flow)


class RowWriter:
    """Formats flows as CSV lines."""

    def __init__(self, names: Names, *, annual: bool) -> None:
        self.names = names
        self.annual = annual
        partners = [*zip(names.numbers, names.economies, strict=True), ("0", "W00")]
        classes = [COMTRADE_CLASSES[revision] for revision in dict.fromkeys(names.revisions)]
        self.partners = pa.array(
            [f"{number},{iso},,0,W00,,{code},HS,True," for code in classes for number, iso in partners]
        )
        # Place of each period's first partner: partners are listed once for each revision.
        starts = np.cumsum([0, *(a != b for a, b in itertools.pairwise(names.revisions))])
        self.partner_starts = starts * len(partners)
        self.goods = pa.array([f"{good},,6,True,C00,,0,0,," for good in names.goods])
        self.heads = {flow: self._heads(flow) for flow in ("X", "M")}

    def _heads(self, flow: str) -> pa.Array:
        """Return the first part of a row (period, reporter and flow) for each (reporter, period)."""
        frequency = "A" if self.annual else "M"
        return pa.array(
            [
                f"C,{frequency},{day:%Y%m%d},{day.year},{52 if self.annual else day.month},"
                f"{day.year if self.annual else f'{day:%Y%m}'},{number},{iso},,{flow},,"
                for number, iso in zip(self.names.numbers, self.names.economies, strict=True)
                for day in self.names.periods
            ]
        )

    def lines(self, flows: Flows) -> bytes:
        """Return the rows as bytes, each with its line end; every row must have a value."""
        heads = flows.reporter * len(self.names.periods) + flows.period
        value = pc.cast(pc.cast(pa.array(flows.value_usd), MONEY, safe=False), pa.string())
        fob = flows.flow == "X"
        money = pc.binary_join_element_wise(*(("", value, value) if fob else (value, "", value)), "0,False,True\n", ",")
        joined = pc.binary_join_element_wise(
            self.heads[flows.flow].take(pa.array(heads)),
            self.partners.take(pa.array(flows.partner + self.partner_starts[flows.period])),
            self.goods.take(pa.array(flows.good)),
            _weights(flows.net_kg),
            money,
            "",
        )
        return _bytes(joined)


def _weights(net_kg: Array) -> pa.Array:
    known = ~np.isnan(net_kg)
    text = pc.cast(pc.cast(pa.array(np.where(known, net_kg, 0.0)), WEIGHT, safe=False), pa.string())
    whole = pc.binary_join_element_wise("8,kg,", text, f",{NO_ALTERNATIVE}", text, ",False,0.0,False,", "")
    return pc.if_else(pa.array(known), whole, NO_WEIGHT)


def _bytes(text: pa.Array) -> bytes:
    """Concatenate all texts of an array, which are already contiguous in its buffer."""
    parts = text.chunks if isinstance(text, pa.ChunkedArray) else [text]
    out = []
    for part in parts:
        offsets = np.frombuffer(part.buffers()[1], dtype=np.int32)[part.offset : part.offset + len(part) + 1]
        out.append(memoryview(part.buffers()[2])[int(offsets[0]) : int(offsets[-1])])
    return b"".join(out)


@dataclass
class FileSeries:
    """A series of files: when one is full the next is started, but only between suppliers."""

    folder: Path
    stem: str
    header: bytes
    rows_per_file: int
    is_compressed: bool
    is_numbered: bool
    files: list[Path] = field(default_factory=list)
    rows: int = 0
    _in_file: int = 0
    _open: list[IO[bytes] | gzip.GzipFile] = field(default_factory=list)

    def write(self, text: bytes, rows: int) -> None:
        if not self._open:
            self._start()
        self._open[0].write(text)
        self.rows += rows
        self._in_file += rows

    def end_of_supplier(self) -> None:
        if self._in_file >= self.rows_per_file:
            self.close()

    def _start(self) -> None:
        number = f"-{len(self.files) + 1:03d}" if self.is_numbered else ""
        self.files.append(self.folder / f"{self.stem}{number}.csv{'.gz' if self.is_compressed else ''}")
        raw = self.files[-1].open("xb")
        # No name and no time in the head: the same world is the same bytes.
        self._open = [gzip.GzipFile("", "wb", 4, raw, mtime=0), raw] if self.is_compressed else [raw]
        self._open[0].write(self.header)
        self._in_file = 0

    def close(self) -> None:
        for stream in self._open:
            stream.close()
        self._open = []


def write_csv(path: Path, columns: list[str], rows: Iterable[Iterable[Any]]) -> None:
    """Write a small table as CSV, with identical bytes on every system."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(columns)
    table.writerows(rows)
    path.write_text(text.getvalue(), "utf-8", newline="\n")
