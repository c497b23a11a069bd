"""A sound row of Comtrade's table."""

from __future__ import annotations

from typing import Any

DEFAULTS: dict[str, Any] = {
    "typeCode": "C",
    "freqCode": "A",
    "refPeriodId": "20230101",
    "refYear": "2023",
    "refMonth": "52",
    "period": "2023",
    "reporterCode": "276",
    "reporterISO": "DEU",
    "reporterDesc": "Germany",
    "flowCode": "X",
    "flowDesc": "Export",
    "partnerCode": "643",
    "partnerISO": "RUS",
    "partnerDesc": "Russian Federation",
    "partner2Code": "0",
    "partner2ISO": "W00",
    "partner2Desc": "World",
    "classificationCode": "H6",
    "classificationSearchCode": "HS",
    "isOriginalClassification": "True",
    "cmdCode": "854231",
    "cmdDesc": 'Circuits; "processors", and controllers',
    "aggrLevel": "6",
    "isLeaf": "True",
    "customsCode": "C00",
    "customsDesc": "TOTAL CPC",
    "mosCode": "0",
    "motCode": "0",
    "motDesc": "TOTAL MOT",
    "qtyUnitCode": "5",
    "qtyUnitAbbr": "u",
    "qty": "10.0",
    "isQtyEstimated": "False",
    "altQtyUnitCode": "-1",
    "altQtyUnitAbbr": "N/A",
    "altQty": "0.0",
    "isAltQtyEstimated": "False",
    "netWgt": "2.5",
    "isNetWgtEstimated": "False",
    "grossWgt": "0.0",
    "isGrossWgtEstimated": "False",
    "cifvalue": "",
    "fobvalue": "",
    "primaryValue": "100.0",
    "legacyEstimationFlag": "0",
    "isReported": "False",
    "isAggregate": "True",
}

HEADER = list(DEFAULTS)
"""The 47 columns, in Comtrade's order."""
