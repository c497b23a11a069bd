"""Samples of BACI, WITS, the IMF and three customs offices."""

from __future__ import annotations

import json

from samples import PARTNERS, VALUES, Sample, figures, written

NUMBERS = {
    "comtrade": {"RUS": "643", "KAZ": "398", "KGZ": "417", "ARM": "51"},
    "china": {"RUS": "344", "KAZ": "145", "KGZ": "146", "ARM": "338"},
    "census": {"RUS": "4621", "KAZ": "4634", "KGZ": "4635", "ARM": "4631"},
    "geonom": {"RUS": "75", "KAZ": "79", "KGZ": "83", "ARM": "77"},
}
"""Numbers of the four partners."""

CHINESE = {"RUS": "俄罗斯", "KAZ": "哈萨克斯坦", "KGZ": "吉尔吉斯斯坦", "ARM": "亚美尼亚"}


def china_customs() -> Sample:
    """An export of China's customs, in GB18030 with commas between thousands."""
    header = "数据年月,商品编码,商品名称,贸易伙伴编码,贸易伙伴名称,第一数量,第一计量单位,第二数量,第二计量单位,美元"
    rows = [
        ["202103", f"{good}00", "货物", NUMBERS["china"][partner], CHINESE[partner], f"{weight:,}", "千克", "5", "个", f"{value:,}"]
        for partner, good, value, weight in figures()
    ]  # fmt: skip
    return Sample(
        name="china customs",
        file_name="20210401.csv",
        content=written([header.split(","), *rows]).encode("gb18030"),
        total=sum(VALUES),
        rows=16,
        encoding="gb18030",
        values=("美元", "第一数量", "第二数量"),
        free=("商品名称",),
        options={"flow": "X"},
        is_machine_written=True,
    )


def baci() -> Sample:
    """A file of BACI: six columns, numbers padded."""
    rows = [
        ["2021", "156", NUMBERS["comtrade"][partner], good, f"{value:>16}", f"{weight:>12}"]
        for partner, good, value, weight in figures()
    ]
    return Sample(
        name="baci",
        file_name="BACI_HS17_Y2021_V202401b.csv",
        content=written([list("tijkvq"), *rows]).encode(),
        total=sum(VALUES) * 1000,
        rows=16,
        values=("v", "q"),
        is_machine_written=True,
    )


def wits() -> Sample:
    """A download of WITS."""
    header = (
        "Nomenclature,ReporterISO3,ProductCode,PartnerISO3,Year,TradeFlowCode,TradeValue in 1000 USD,NetWeight in KGM"
    )
    rows = [
        ["H5", "CHN", good, partner, "2021", "2", str(value), str(weight)] for partner, good, value, weight in figures()
    ]
    return Sample(
        name="wits",
        file_name="DataJobID-1.csv",
        content=written([header.split(","), *rows]).encode(),
        total=sum(VALUES) * 1000,
        rows=16,
        values=("TradeValue in 1000 USD", "NetWeight in KGM"),
        is_machine_written=True,
    )


def imf() -> Sample:
    """The IMF's wide table: one column a year, all goods."""
    years = [str(year) for year in range(2018, 2022)]
    header = ["COUNTRY.ID", "COUNTERPART_COUNTRY.ID", "INDICATOR.ID", "FREQUENCY.ID", "SCALE.ID", *years]
    rows = [
        ["CHN", partner, "XG_FOB_USD", "A", "0", *(str(VALUES[4 * n + place]) for place in range(4))]
        for n, partner in enumerate(PARTNERS)
    ]
    return Sample(
        name="imf imts",
        file_name="IMTS.csv",
        content=written([header, *rows]).encode("utf-8-sig"),
        total=sum(VALUES),
        rows=16,
        encoding="utf-8-sig",
        values=tuple(years),
        is_machine_written=True,
    )


def us_census() -> Sample:
    """A reply of the US Census Bureau: arrays under a header."""
    header = ["CTY_CODE", "CTY_NAME", "ALL_VAL_MO", "QTY_1_MO", "UNIT_QY1", "time", "E_COMMODITY"]
    rows = [
        [NUMBERS["census"][partner], partner, str(value), str(weight), "KG", "2021-03", good]
        for partner, good, value, weight in figures()
    ]
    return Sample("us census", "reply.json", json.dumps([header, *rows]).encode(), sum(VALUES), 16, delimiter=None)


def hmrc() -> Sample:
    """A reply of HMRC's API."""
    records = [
        {
            "MonthId": 202103, "FlowTypeId": 4, "SuppressionIndex": 0, "CommodityId": int(f"{good}00"), "CommoditySitcId": 1,
            "CountryId": int(NUMBERS["geonom"][partner]), "PortId": 1, "Value": value, "NetMass": weight, "SuppUnit": None,
        }
        for partner, good, value, weight in figures()
    ]  # fmt: skip
    reply = {"@odata.context": "https://api.uktradeinfo.com/$metadata#OTS", "value": records}
    return Sample("hmrc", "ots.json", json.dumps(reply).encode(), sum(VALUES), 16, delimiter=None)


MAKERS = (china_customs, baci, wits, imf, us_census, hmrc)
