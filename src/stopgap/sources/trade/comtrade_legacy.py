"""Comtrade's layouts of before 2023: the table of 35 columns and the API's short names.

Both hold what the current layout holds, under other names; flows and estimates are numbers.
"""

from __future__ import annotations

LEGACY_FLOWS = {"1": "M", "2": "X", "3": "RX", "4": "RM"}
NO_QUANTITY = "1"
"""Code of the quantity unit where there is no quantity; -1 in the current layout."""

LEGACY_TABLE = {
    "classification": "classificationCode", "year": "refYear", "period": "period", "perioddesc": "periodDesc",
    "aggregatelevel": "aggrLevel", "isleafcode": "isLeaf", "tradeflowcode": "flowCode", "tradeflow": "flowDesc",
    "reportercode": "reporterCode", "reporter": "reporterDesc", "reporteriso": "reporterISO",
    "partnercode": "partnerCode", "partner": "partnerDesc", "partneriso": "partnerISO",
    "2ndpartnercode": "partner2Code", "2ndpartner": "partner2Desc", "2ndpartneriso": "partner2ISO",
    "customsproccode": "customsCode", "customs": "customsDesc", "modeoftransportcode": "motCode",
    "modeoftransport": "motDesc", "commoditycode": "cmdCode", "commodity": "cmdDesc", "qtyunitcode": "qtyUnitCode",
    "qtyunit": "qtyUnitAbbr", "qty": "qty", "altqtyunitcode": "altQtyUnitCode", "altqtyunit": "altQtyUnitAbbr",
    "altqty": "altQty", "netweightkg": "netWgt", "grossweightkg": "grossWgt",
    "tradevalueus": "primaryValue", "tradevalueusd": "primaryValue", "ciftradevalueus": "cifvalue",
    "ciftradevalueusd": "cifvalue", "fobtradevalueus": "fobvalue", "fobtradevalueusd": "fobvalue",
    "flag": "legacyEstimationFlag",
}  # fmt: skip
"""The table of 35 columns: names without blanks and marks -> present names."""

LEGACY_API = {
    "pfcode": "classificationCode", "yr": "refYear", "period": "period", "perioddesc": "periodDesc",
    "aggrlevel": "aggrLevel", "isleaf": "isLeaf", "rgcode": "flowCode", "rgdesc": "flowDesc",
    "rtcode": "reporterCode", "rttitle": "reporterDesc", "rt3iso": "reporterISO", "ptcode": "partnerCode",
    "pttitle": "partnerDesc", "pt3iso": "partnerISO", "ptcode2": "partner2Code", "pttitle2": "partner2Desc",
    "pt3iso2": "partner2ISO", "cstcode": "customsCode", "cstdesc": "customsDesc", "motcode": "motCode",
    "motdesc": "motDesc", "cmdcode": "cmdCode", "cmddesce": "cmdDesc", "qtcode": "qtyUnitCode",
    "qtdesc": "qtyUnitAbbr", "tradequantity": "qty", "qtaltcode": "altQtyUnitCode", "qtaltdesc": "altQtyUnitAbbr",
    "altquantity": "altQty", "netweight": "netWgt", "grossweight": "grossWgt", "tradevalue": "primaryValue",
    "cifvalue": "cifvalue", "fobvalue": "fobvalue", "estcode": "legacyEstimationFlag",
}  # fmt: skip
"""The API's table and its JSON (``{"validation": …, "dataset": […]}``): names in lower case -> present names."""
