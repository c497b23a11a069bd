"""Write a made-up Comtrade file in the current 47-column layout, for measuring.

    python bench/make_comtrade.py OUT.csv --rows 2000000 --seed 1

The figures are random; the layout, the quoting, the codes and the mixture of
economies, World and special partners are those of real files. Keys are unique.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

REPORTERS = "32,36,40,51,56,76,100,124,156,251,276,268,344,380,392,398,410,417,458,490,528,579,616,699,702,757,792,804,826,842,860"
PARTNERS = "0,4,31,32,36,40,51,56,76,100,112,124,156,251,268,276,344,380,392,398,410,417,458,490,528,579,568,616,643,688,699,702,757,784,792,804,826,837,838,839,842,860,899"

ROWS = """
WITH shape AS (
    SELECT [{reporters}] AS reporters, [{partners}] AS partners
), numbered AS (
    SELECT i, i % len(reporters) AS r, (i // len(reporters)) % len(partners) AS p,
        (i // (len(reporters) * len(partners))) % {months} AS m,
        (i // (len(reporters) * len(partners) * {months})) % 2 AS f,
        i // (len(reporters) * len(partners) * {months} * 2) AS c,
        reporters, partners
    FROM range({rows}) AS t(i), shape
), drawn AS (
    SELECT *, hash(i, {seed}) AS h, strftime(DATE '2019-01-01' + INTERVAL (m) MONTH, '%Y%m') AS period,
        round(exp(4 + 12 * (hash(i, {seed}, 1) % 1000003) / 1000003.0), 3) AS value
    FROM numbered
)
SELECT 'C' AS typeCode, 'M' AS freqCode, period || '01' AS refPeriodId, left(period, 4) AS refYear,
    right(period, 2)::INT AS refMonth, period, reporters[r + 1] AS reporterCode, 'R' || r AS reporterISO,
    'Reporter ' || r AS reporterDesc, if(f = 0, 'X', 'M') AS flowCode, if(f = 0, 'Export', 'Import') AS flowDesc,
    partners[p + 1] AS partnerCode, 'P' || p AS partnerISO, 'Partner ' || p AS partnerDesc, 0 AS partner2Code,
    'W00' AS partner2ISO, 'World' AS partner2Desc, if(period < '2022', 'H5', 'H6') AS classificationCode,
    'HS' AS classificationSearchCode, 'True' AS isOriginalClassification,
    lpad((10000 + (c * 7919) % 989999)::VARCHAR, 6, '0') AS cmdCode,
    'Machines; of heading no. ' || (c % 97) || ', for a made-up use, "as such", n.e.c.' AS cmdDesc,
    6 AS aggrLevel, 'True' AS isLeaf, 'C00' AS customsCode, 'TOTAL CPC' AS customsDesc, 0 AS mosCode, 0 AS motCode,
    'TOTAL MOT' AS motDesc, if(h % 3 = 0, -1, 8) AS qtyUnitCode, if(h % 3 = 0, 'N/A', 'kg') AS qtyUnitAbbr,
    if(h % 3 = 0, 0.0, round(value / 12, 1)) AS qty, if(h % 11 = 0, 'True', 'False') AS isQtyEstimated,
    -1 AS altQtyUnitCode, 'N/A' AS altQtyUnitAbbr, 0.0 AS altQty, 'False' AS isAltQtyEstimated,
    if(h % 7 = 0, 0.0, round(value / 13, 3)) AS netWgt, if(h % 13 = 0, 'True', 'False') AS isNetWgtEstimated,
    0.0 AS grossWgt, 'False' AS isGrossWgtEstimated, if(f = 1, value, NULL) AS cifvalue,
    if(f = 0, value, NULL) AS fobvalue, value AS primaryValue, if(h % 13 = 0, 4, 0) AS legacyEstimationFlag,
    'False' AS isReported, 'True' AS isAggregate
FROM drawn
"""


def write(path: Path, *, rows: int, seed: int, months: int = 48) -> None:
    """A file of ``rows`` data rows at ``path``, with Comtrade's line ends and header."""
    query = ROWS.format(reporters=REPORTERS, partners=PARTNERS, rows=rows, seed=seed, months=months)
    target = str(path).replace("'", "''")
    with duckdb.connect() as con:
        con.execute(f"COPY ({query}) TO '{target}' (HEADER, DELIMITER ',', COMPRESSION none)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    write(given.output, rows=given.rows, seed=given.seed)
