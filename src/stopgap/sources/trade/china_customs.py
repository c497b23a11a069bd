"""Source for CSV downloads from the query site of China's customs (stats.customs.gov.cn), in GB18030 or UTF-8."""

from __future__ import annotations

import duckdb

from stopgap.base.errors import InputError
from stopgap.sources.base import Reading
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.mappings.raw_columns import add_area, add_columns, amount_columns, clean
from stopgap.sources.mappings.raw_table import Given, load_given
from stopgap.sources.mappings.spec import Scheme, Spec
from stopgap.sources.mappings.tabular import Tabular

MONTH, GOOD = "数据年月", "商品编码"
PARTNER_CODE, PARTNER_NAME = "贸易伙伴编码", "贸易伙伴名称"
AMOUNTS = (("第一数量", "第一计量单位"), ("第二数量", "第二计量单位"))
VALUES = {"美元": "USD", "人民币": "CNY"}
SPLITS = ("贸易方式编码", "贸易方式名称", "注册地编码", "注册地名称")
"""Columns of trade regime and province, which split a figure into parts; no row holds the total."""

KG_PER_UNIT = {"千克": 1, "克": 0.001, "吨": 1000}
UNITS = {
    "台": "u", "个": "u", "辆": "u", "只": "u", "件": "u", "套": "u", "艘": "u", "架": "u", "支": "u", "块": "u",
    "张": "u", "头": "u", "根": "u", "把": "u", "条": "u", "副": "u", "座": "u", "枚": "u", "株": "u", "双": "2u",
    "米": "m", "平方米": "m²", "立方米": "m³", "升": "l", "克拉": "carat", "千个": "1000u", "千瓦时": "kWh",
}  # fmt: skip
"""Chinese unit -> Comtrade's abbreviation; other units keep their Chinese name."""


class ChinaCustoms(Tabular):
    """Source for China's monthly trade by goods and partner; exports and imports are separate files."""

    name = "china-customs"
    title = "China's customs, CSV of the query site (dollars or yuan)"
    how = "stats.customs.gov.cn, query by goods and partner, download as CSV: exports and imports apart"
    terms = "General Administration of Customs of the People's Republic of China"
    parser = "china-customs/1"
    encodings = ("gb18030",)
    takes = ("flow", "period")

    def recognises(self, head: FileHead) -> bool:
        """Recognise the file by its Chinese column names for the good or the partner, and for the value."""
        columns = head.columns
        return any(name in columns for name in VALUES) and any(
            name in columns for name in (GOOD, PARTNER_CODE, PARTNER_NAME)
        )

    def spec(self, reading: Reading) -> Spec:
        """Return the mapping for the columns that the query selected.

        Without a partner column figures are for the world, without goods for all goods. Parts of one figure (regime,
        province, and territories that form one economy) are summed.

        Raises:
            InputError: The user did not state the flow, or the period is neither in the file nor stated, or is both.
        """
        columns = reading.head.columns
        if reading.told.flow is None:
            raise InputError(
                "the file does not say whether its figures are exports or imports",
                where=reading.name,
                fix="say which query it is from: --flow X for exports, --flow M for imports",
            )
        told = reading.told.period
        if MONTH in columns and told is not None:
            raise InputError(
                "--period is for files that do not say their month",
                where=f"{reading.name}: it has the column {MONTH}",
                fix="leave --period out",
            )
        if MONTH not in columns and told is None:
            raise InputError(
                "the file does not say which month its figures are for",
                where=f"{reading.name}: there is no column {MONTH}",
                fix="name it (--period YYYY-MM, or YYYY for a whole year), or ask the site for each month apart",
            )
        value = next(name for name in VALUES if name in columns)
        frequency = "by_period" if told is None else "M" if "-" in told else "A"
        return self.spec_of(
            url="http://stats.customs.gov.cn",
            frequency=frequency,
            period={"column": MONTH} if MONTH in columns else {"value": told},
            reporter={"value": "CHN"},
            partner={"column": "partner", "scheme": "iso3"},
            flow={"value": reading.told.flow},
            good={"column": GOOD, "pad": "even"} if GOOD in columns else {"value": "TOTAL"},
            revision={"by_year": "HS"},
            thousands=",",
            missing=["-"],
            value={"column": value, "currency": VALUES[value], "zero": "reported"},
            net_kg={"column": "net_kg"},
            quantity={"column": "quantity"},
            quantity_unit={"column": "unit", "map": UNITS},
            # No row holds the sum over these, so that every row is a part.
            totals={name: "(all)" for name in (*SPLITS, PARTNER_CODE, PARTNER_NAME) if name in columns},
        )

    def given(self, con: duckdb.DuckDBPyConnection, reading: Reading, spec: Spec) -> Given:
        """Load the file's rows, and add columns for partner, weight and quantity."""
        given = load_given(con, reading, spec)
        clean(con, given)
        schemes: tuple[tuple[str, Scheme], ...] = ((PARTNER_CODE, "china"), (PARTNER_NAME, "name"))
        present = [(column, scheme) for column, scheme in schemes if column in given.columns]
        given = add_area(con, given, "partner", present) if present else add_columns(con, given, {"partner": "'W00'"})
        return add_columns(con, given, amount_columns(given, AMOUNTS, KG_PER_UNIT, no_units=("", "-")))
