"""Rows of simulated trade as text, in Comtrade's current layout of 47 columns.

A row is put together from pieces that many rows share (reporter and period, partner, good), so
that millions of rows are a few joins of columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stopgap.simulate.names import COMTRADE_CLASS, Names
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


@dataclass(frozen=True)
class Flows:
    """Rows by their places along a world's axes.

    Attributes:
        reporter: Places of reporters.
        partner: Places of partners; one past the last economy is the World.
        good: Places of goods.
        period: Places of periods.
        value_usd: Dollars.
        net_kg: Weight; NaN where not known.
        flow: ``X`` (FOB) or ``M`` (CIF).
    """

    reporter: Places
    partner: Places
    good: Places
    period: Places
    value_usd: Array
    net_kg: Array
    flow: str

    def between(self, start: int, stop: int) -> Flows:
        """Some of the rows."""
        at = slice(start, stop)
        return Flows(
            self.reporter[at], self.partner[at], self.good[at], self.period[at], self.value_usd[at],
            self.net_kg[at], self.flow,
        )  # fmt: skip


class RowWriter:
    """Turns flows into lines of text."""

    def __init__(self, names: Names, *, annual: bool) -> None:
        self.names = names
        self.annual = annual
        self.partners = pa.array(
            [
                f"{number},{iso},,0,W00,,{COMTRADE_CLASS},HS,True,"
                for number, iso in [*zip(names.numbers, names.economies, strict=True), ("0", "W00")]
            ]
        )
        self.goods = pa.array([f"{good},,6,True,C00,,0,0,," for good in names.goods])
        self.heads = {flow: self._heads(flow) for flow in ("X", "M")}

    def _heads(self, flow: str) -> pa.Array:
        """Period, reporter and flow: one piece for each (reporter, period)."""
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
        """The rows as bytes, each with its line end; every row has a value."""
        heads = flows.reporter * len(self.names.periods) + flows.period
        value = pc.cast(pc.cast(pa.array(flows.value_usd), MONEY, safe=False), pa.string())
        fob = flows.flow == "X"
        money = pc.binary_join_element_wise(*(("", value, value) if fob else (value, "", value)), "0,False,True\n", ",")
        joined = pc.binary_join_element_wise(
            self.heads[flows.flow].take(pa.array(heads)),
            self.partners.take(pa.array(flows.partner)),
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
    """All texts of an array one after another: they stand so in its buffer."""
    parts = text.chunks if isinstance(text, pa.ChunkedArray) else [text]
    out = []
    for part in parts:
        offsets = np.frombuffer(part.buffers()[1], dtype=np.int32)[part.offset : part.offset + len(part) + 1]
        out.append(memoryview(part.buffers()[2])[int(offsets[0]) : int(offsets[-1])])
    return b"".join(out)
