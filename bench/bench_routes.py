"""Routes over 20 hubs, 500 goods and 72 months, beside the group sums behind them as DuckDB SQL written by hand.

    python bench/bench_routes.py --runs 3
    python bench/bench_routes.py --runs 3 --imports

Each run is a process of its own; the rival opens a sorted native table of the same rows in a process of its own, sums
both legs by hub, good and month and all sales by supplier, destination, good and window, and tests nothing. The lake (50
economies, 500 goods of the list and 100 ordinary ones; three tenths of all cells are traded) is made once and kept in
the cache folder; with ``--imports`` it also holds what hubs recorded of the coalition's sales, so that both sides'
reports of all flows are compared as well.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
from pathlib import Path
from statistics import median

import pyarrow as pa
from measured import CACHE, PYTHON, Run, heading, run_child, spread, stopgap, table
from scale_lakes import economies

PROMISE_CPU_S, PROMISE_GB = 20, 2
BY_HAND_TABLE = "by-hand.duckdb"
BASELINE, AFTER = "2018-01:2019-12", "2020-01:2023-12"
LISTED, ORDINARY, ECONOMIES, HUBS = 500, 100, 50, 20
MEMBERS = ("DEU", "USA", "JPN", "KOR", "GBR", "FRA", "ITA", "POL", "AUT", "AUS")

EPISODE = """
name: twenty-hubs
title: A simulated world with twenty hubs
target: RUS
direction: exports-to-target
event: 2020-01
coalition: [{members}]
goods: [goods.csv]
baseline: {{from: 2018-01, to: 2019-12, min_months: 24}}
after: {{from: 2020-01, to: 2023-12}}
hubs: [{hubs}]
placebo_targets: auto
"""

# role: m member, h hub, t target, else other. Half of the hubs pass on what the coalition sells them more of.
ROWS = """
    WITH cells AS (
        SELECT s.code AS s_code, d.code AS d_code, s.role AS s_role, d.role AS d_role, g.code AS good, g.n AS g_n,
            s.n AS s_n, d.n AS d_n, s.n % 2 = 0 AS s_even, d.n % 2 = 0 AS d_even,
            6 + 3 * (hash(s.n, d.n, g.n) % 1000003) / 1000003.0 AS size
        FROM economies AS s, economies AS d, goods AS g
        WHERE s.n <> d.n AND hash(s.n, d.n, g.n, 11) % 10 < 3
    )
    SELECT (DATE '2018-01-01' + INTERVAL (m) MONTH)::DATE AS period, 'M' AS frequency,
        CASE WHEN f.flow = 'X' THEN s_code ELSE d_code END AS reporter,
        CASE WHEN f.flow = 'X' THEN d_code ELSE s_code END AS partner, f.flow, good, 'HS2022' AS revision,
        round(exp(size + 1.5 * (hash(s_n, d_n, g_n, m) % 1000003) / 1000003.0), 2)
            * CASE WHEN m < 24 OR g_n >= 500 THEN 1 WHEN s_role = 'm' AND d_role = 't' THEN 0.2
                   WHEN s_role = 'm' AND d_role = 'h' AND d_even THEN 2.5
                   WHEN s_role = 'h' AND d_role = 't' AND s_even THEN 4 ELSE 1 END
            * CASE WHEN f.flow = 'X' THEN 1 ELSE 1.06 END AS value_usd,
        NULL::DOUBLE AS net_kg, NULL::DOUBLE AS quantity, NULL::VARCHAR AS quantity_unit,
        CASE WHEN f.flow = 'X' THEN 'FOB' ELSE 'CIF' END AS valuation, false AS is_estimated,
        'comtrade' AS source, 'world' AS receipt, 'economy' AS kind, 'USD' AS currency,
        value_usd AS value_reported, 1.0 AS usd_per_unit
    FROM cells, range(72) AS t(m), (VALUES ('X'), ('M')) AS f(flow)
    WHERE hash(s_n, d_n, g_n, m, 7) % 10 < 9 AND (f.flow = 'X' OR ({imports} AND d_role = 'h' AND s_role = 'm'))
"""

BY_HAND = """
import sys
import duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
con.execute("SET threads = 2")
listed, members, hubs = (sys.argv[at].split(",") for at in (2, 3, 4))
con.execute("CREATE TEMP TABLE listed AS SELECT unnest(?) AS good", [listed])
con.execute("CREATE TEMP TABLE hubs AS SELECT unnest(?) AS hub", [hubs])
con.execute("CREATE TEMP TABLE members AS SELECT unnest(?) AS member", [members])
rows = con.sql('''
    SELECT reporter, partner, good, sum(CASE WHEN period < DATE '2020-01-01' THEN value_usd END) / 2,
        sum(CASE WHEN period >= DATE '2020-01-01' THEN value_usd END) / 4
    FROM trade_rows WHERE flow = 'X' AND frequency = 'M' GROUP BY ALL
''').to_arrow_table().num_rows
legs = con.sql('''
    SELECT 'first' AS leg, partner AS hub, good, period, sum(value_usd) FROM trade_rows
    WHERE flow = 'X' AND frequency = 'M' AND partner IN (FROM hubs) GROUP BY ALL
    UNION ALL
    SELECT 'members' AS leg, partner AS hub, good, period, sum(value_usd) FROM trade_rows
    WHERE flow = 'X' AND frequency = 'M' AND partner IN (FROM hubs) AND reporter IN (FROM members) GROUP BY ALL
    UNION ALL
    SELECT 'second' AS leg, reporter AS hub, good, period, sum(value_usd) FROM trade_rows
    WHERE flow = 'X' AND frequency = 'M' AND partner = 'RUS' AND reporter IN (FROM hubs) GROUP BY ALL
''').to_arrow_table().num_rows
print(rows, legs)
"""


def parties() -> tuple[list[str], list[str]]:
    """All economies of the world, the target first, and its hubs."""
    names = economies(ECONOMIES)
    outside = [name for name in names if name not in ("RUS", *MEMBERS)]
    return names, outside[:HUBS]


def codes() -> list[str]:
    """Goods of the list, then ordinary ones, which no list of the episode names."""
    from stopgap.codes.commodities import subheadings

    every = subheadings("84", "HS2022") + subheadings("85", "HS2022")
    plain = [code for chapter in ("61", "62", "94", "20", "48") for code in subheadings(chapter, "HS2022")[:20]]
    return [*every[:LISTED], *plain[:ORDINARY]]


def routes_lake(*, imports: bool = False) -> Path:
    """The lake, made where it is not there yet, with episode, goods list and the rival's table beside its own."""
    lake = CACHE / ("routes-imports" if imports else "routes")
    if not (lake / "whole").exists():
        shutil.rmtree(lake, ignore_errors=True)
        _make(lake, imports=imports)
        (lake / "whole").touch()
    return lake


def _make(lake: Path, *, imports: bool) -> None:
    import duckdb
    from lake_rows import receipt

    from stopgap.lake.store import commit_staged, staging_connection, writing

    names, hubs = parties()
    goods = codes()
    role = {"RUS": "t", **dict.fromkeys(MEMBERS, "m"), **dict.fromkeys(hubs, "h")}
    with writing(lake) as scratch, contextlib.closing(staging_connection(scratch)) as con:
        con.execute("SET memory_limit = '3GB'")
        roles = [role.get(name, "") for name in names]
        con.register("economies_given", pa.table({"code": names, "n": range(len(names)), "role": roles}))
        con.register("goods_given", pa.table({"code": goods, "n": range(len(goods))}))
        con.execute("CREATE TABLE economies AS FROM economies_given; CREATE TABLE goods AS FROM goods_given")
        con.execute(f"CREATE VIEW staged AS {ROWS.format(imports=str(imports).lower())}")
        [(rows,)] = con.execute("SELECT count(*) FROM staged").fetchall()
        commit_staged(con, lake, [receipt("world", int(rows))])
    with duckdb.connect(str(lake / BY_HAND_TABLE)) as con:
        con.execute(f"CREATE TABLE trade_rows AS FROM read_parquet('{lake}/tables/trade/*.parquet')")
    listed = "".join(f"{code},made up,group {at % 5}\n" for at, code in enumerate(goods[:LISTED]))
    (lake / "goods.csv").write_text("code,description,group\n" + listed)
    episode = EPISODE.format(members=", ".join(MEMBERS), hubs=", ".join(hubs))
    (lake / "episode.yml").write_text(episode)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--imports", action="store_true")
    parser.add_argument("--make", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make:
        routes_lake(imports=given.imports)
        return
    # In a process of its own: a child's peak is at least what its parent holds as it starts.
    run_child(PYTHON, __file__, "--make", *(["--imports"] if given.imports else []))
    lake = routes_lake(imports=given.imports)
    heading("Routes over 20 hubs, 500 goods, 72 months" + (", with what hubs recorded" if given.imports else ""))
    arguments = (
        "routes", lake / "episode.yml", "--baseline", BASELINE, "--after", AFTER, "--frequency", "M",
        "--lake", lake, "--format", "json",
    )  # fmt: skip
    first = stopgap(*arguments)
    goods, (_, hubs) = codes()[:LISTED], parties()
    by_hand = (PYTHON, "-c", BY_HAND, lake / BY_HAND_TABLE, ",".join(goods), ",".join(MEMBERS), ",".join(hubs))
    ours: list[Run] = []
    theirs: list[Run] = []
    for _ in range(given.runs):
        ours.append(stopgap(*arguments))
        theirs.append(run_child(*by_hand))
    rival = median(run.cpu_s for run in theirs)
    timed = (("stopgap routes", ours), ("group sums by hand in DuckDB", theirs))
    table(
        ["whole process", "wall min s", "wall median s", "wall max s", "cpu s", "peak MiB", "times by hand", "kept"],
        [
            [
                label, *spread(run.wall_s for run in runs), f"{median(run.cpu_s for run in runs):.2f}",
                f"{max(run.peak_mib for run in runs):,.0f}", f"{median(run.cpu_s for run in runs) / rival:.1f}",
                _kept(runs) if runs is ours else "–",
            ]
            for label, runs in timed
        ],
    )  # fmt: skip
    found = json.loads(ours[0].stdout)
    hubs_counted, measured = found["routing"]["hubs_counted"], found["routing"]["hubs_measured"]
    print(
        f"{hubs_counted} of {measured} hubs counted, {found['coverage']['goods_measured']} goods, {len(found['months'])} hub months. "
        f"First command, with the native copy where it is missing: {first.cpu_s:.1f} s, {first.peak_mib:,.0f} MiB."
    )
    print(f"Promise: at most {PROMISE_CPU_S} s of processor and wall time and {PROMISE_GB} GB.")


def _kept(runs: list[Run]) -> str:
    slow = max(median(run.wall_s for run in runs), median(run.cpu_s for run in runs))
    return "yes" if slow <= PROMISE_CPU_S and max(run.peak_mib for run in runs) <= PROMISE_GB * 1024 else "no"


if __name__ == "__main__":
    main()
