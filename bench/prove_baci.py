"""Proves the reconciliation on CEPII's BACI: shares of 30 critical materials of 2024, rebuilt from raw UN Comtrade rows.

``python bench/prove_baci.py`` reads ``comtrade_2024.csv.gz`` and ``baci_2024.csv`` (V202601) of the folder
``data/trade/baci-critical-materials`` beside the repository, or of ``--folder``; it says so and leaves with 0
where they are not there. It leaves with 1 where the largest supplier is right in fewer than 26 materials, the
share error is above 1.5 points, or the correlation of logs is under .98.

Metrics, per material, over exporters: *top* whether the largest exporter is BACI's; *top 3* how many of BACI's
three largest are ours; *share error* the mean absolute difference of shares, in points, over the economies
that are among the six largest of either; *off* half the sum of absolute differences over all exporters, in
points: the part of trade ascribed to another exporter. Over flows in both: correlation of logs.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
from measured import ROOT, heading, table

from stopgap.codes.places import contiguity, distance_km
from stopgap.measures.mirror.cif_markup import CifFob, Markups, cif_fob
from stopgap.measures.mirror.pairs import Array, ReportPairs, pairs_of
from stopgap.measures.mirror.reconcile import reconcile, reporter_qualities

FOLDER = ROOT.parent / "shared" / "data" / "trade" / "baci-critical-materials"
REPORTS = """
    WITH raw AS (
        -- Rows repeat, and parts (mode of transport, procedure, second partner) stand beside their total without
        -- the columns that tell them apart. Dollars are never negative, so the total is the largest: summed over
        -- partners it gives the World row in every reporter, good and flow (checked below).
        SELECT reporter, partner, CASE WHEN cmd = 811231 THEN 811292 ELSE cmd END AS cmd, flow,
            max(value) AS value, max(netwgt) AS kg, cmd AS own_cmd
        FROM read_csv(?) GROUP BY reporter, partner, cmd, flow
    )
    SELECT flow, r.iso AS reporter, p.iso AS partner, printf('%06d', cmd) AS good, sum(value) AS usd, sum(kg) AS kg
    FROM raw
    JOIN countries AS r ON r.code = raw.reporter JOIN countries AS p ON p.code = raw.partner
    WHERE r.iso <> p.iso
    GROUP BY ALL
"""
PAIRS = """
    SELECT coalesce(x.exporter, m.exporter) AS exporter, coalesce(x.importer, m.importer) AS importer,
        coalesce(x.good, m.good) AS good, DATE '2024-01-01' AS period, x.usd AS exporter_usd, m.usd AS importer_usd,
        x.kg AS exporter_kg, m.kg AS importer_kg
    FROM (SELECT reporter AS exporter, partner AS importer, good, usd, kg FROM reports WHERE flow = 'X') AS x
    FULL JOIN (SELECT partner AS exporter, reporter AS importer, good, usd, kg FROM reports WHERE flow = 'M') AS m
        ON x.exporter = m.exporter AND x.importer = m.importer AND x.good = m.good
"""
TOTALS = """
    WITH largest AS (SELECT reporter, partner, cmd, flow, max(value) AS usd FROM read_csv(?) GROUP BY ALL),
    sums AS (SELECT reporter, cmd, flow, sum(usd) AS usd FROM largest WHERE partner <> 0 GROUP BY ALL)
    SELECT count(*), count(*) FILTER (WHERE abs(s.usd / w.usd - 1) < 0.001)
    FROM sums AS s JOIN largest AS w USING (reporter, cmd, flow) WHERE w.partner = 0
"""


@dataclass(frozen=True)
class Agreement:
    """How one rebuilt table agrees with BACI."""

    name: str
    materials: dict[str, tuple[str, str, int, float, float]]
    correlation: float
    flows: int
    level: float

    @property
    def top(self) -> int:
        """Materials whose largest exporter is BACI's."""
        return sum(ours == theirs for ours, theirs, *_ in self.materials.values())

    def mean(self, column: int) -> float:
        """Mean of a figure over the materials."""
        return float(np.mean([row[column] for row in self.materials.values()]))


def load(folder: Path) -> tuple[ReportPairs, dict[tuple[str, str, str], float], tuple[int, int]]:
    """Both reports of every flow, BACI's figures, and how many World rows the largest values add up to."""
    raw = str(folder / "comtrade_2024.csv.gz")
    with duckdb.connect() as con:
        con.execute("SET threads = 2")
        con.execute(
            "CREATE TABLE countries AS SELECT country_code AS code, country_iso3 AS iso FROM read_csv(?)",
            [str(folder / "country_codes_V202601.csv")],
        )
        con.execute(f"CREATE TABLE reports AS {REPORTS}", [raw])
        pairs = pairs_of(con.sql(PAIRS).to_arrow_table())
        baci = con.execute(
            "SELECT i, j, printf('%06d', CAST(cmd AS INT)), CAST(value AS DOUBLE) FROM read_csv(?)",
            [str(folder / "baci_2024.csv")],
        ).fetchall()
        [totals] = con.execute(TOTALS, [raw]).fetchall()
    return pairs, {(one, other, good): value for one, other, good, value in baci}, totals


def rebuilt(pairs: ReportPairs) -> dict[str, Array]:
    """Dollars per pair: each report alone, ours in FOB, and ours as this release of BACI values and averages."""
    at = (pairs.exporter, pairs.importer)
    markups = cif_fob(
        pairs, log_distance=np.log(distance_km(pairs.economies)[at]), is_contiguous=contiguity(pairs.economies)[at]
    )
    qualities = reporter_qualities(pairs, pairs.log_gap() - markups.centre)
    x, m = pairs.exporter_usd, pairs.importer_usd
    weight = np.where(pairs.both, qualities.exporter_weight(*at), np.isfinite(x).astype(float))
    print(f"\nCIF/FOB: {markups.summary.method}, {markups.summary.markup:.1%}. {markups.summary.because}.")
    for row in markups.summary.coefficients:
        print(f"  {row.name} {row.value:+.4f} (standard error {row.standard_error:.4f})")
    return {
        "exporter's report first": np.where(np.isfinite(x), x, m),
        "importer's report first": np.where(np.isfinite(m), m, x),
        "ours: FOB, mean of logs": reconcile(pairs, markups, qualities).value_usd,
        "ours, no markup, mean of logs": reconcile(pairs, unmarked(markups), qualities).value_usd,
        "ours, no markup, mean of dollars": weight * np.nan_to_num(x) + (1 - weight) * np.nan_to_num(m),
    }


def unmarked(markups: Markups) -> Markups:
    """No markup at all."""
    zero = np.zeros_like(markups.log_markup)
    summary: CifFob = replace(markups.summary, markup=0.0, ci95=(0.0, 0.0))
    return Markups(summary, zero, zero)


def agreement(name: str, pairs: ReportPairs, usd: Array, baci: dict[tuple[str, str, str], float]) -> Agreement:
    """How dollars per pair agree with BACI."""
    size = len(pairs.economies)
    place = {code: number for number, code in enumerate(pairs.economies)}
    keys = [
        (pairs.economies[one], pairs.economies[other], pairs.goods[good])
        for one, other, good in zip(pairs.exporter.tolist(), pairs.importer.tolist(), pairs.good.tolist(), strict=True)
    ]
    theirs = np.array([baci.get(key, np.nan) for key in keys])
    found: dict[str, tuple[str, str, int, float, float]] = {}
    for number, good in enumerate(pairs.goods):
        shares = np.zeros((2, size))
        mine = (pairs.good == number) & np.isfinite(usd)
        shares[0] = np.bincount(pairs.exporter[mine], weights=usd[mine], minlength=size)
        for (exporter, _, code), value in baci.items():
            if code == good and exporter in place:
                shares[1, place[exporter]] += value
        if not shares.sum(axis=1).all():
            continue
        shares /= shares.sum(axis=1, keepdims=True)
        order = np.argsort(-shares, axis=1, kind="stable")
        six = np.union1d(order[0, :6], order[1, :6])
        apart = np.abs(shares[0] - shares[1])
        found[good] = (
            pairs.economies[order[0, 0]],
            pairs.economies[order[1, 0]],
            np.intersect1d(order[0, :3], order[1, :3]).size,
            float(apart[six].mean()) * 100,
            float(apart.sum()) * 50,
        )
    both = (np.nan_to_num(usd) > 0) & (np.nan_to_num(theirs) > 0)
    correlation = float(np.corrcoef(np.log(usd[both]), np.log(theirs[both]))[0, 1])
    return Agreement(name, found, correlation, int(both.sum()), float(usd[both].sum() / theirs[both].sum()))


def why(pairs: ReportPairs, usd: Array, baci: dict[tuple[str, str, str], float], good: str) -> str:
    """The flow that moves a material's shares most, with both reports and BACI's figure."""
    number = pairs.goods.index(good)
    mine = np.flatnonzero(pairs.good == number)
    theirs = np.array(
        [baci.get((pairs.economies[pairs.exporter[at]], pairs.economies[pairs.importer[at]], good), 0.0) for at in mine]
    )
    at = mine[int(np.argmax(np.abs(np.nan_to_num(usd[mine]) - theirs)))]
    told = [
        "silent" if np.isnan(side[at]) else f"{side[at] / 1e6:,.1f}"
        for side in (pairs.exporter_usd, pairs.importer_usd)
    ]
    value = baci.get((pairs.economies[pairs.exporter[at]], pairs.economies[pairs.importer[at]], good), 0.0)
    return (
        f"{pairs.economies[pairs.exporter[at]]}–{pairs.economies[pairs.importer[at]]}: exporter {told[0]}, "
        f"importer {told[1]}, ours {usd[at] / 1e6:,.1f}, BACI {value / 1e6:,.1f}"
    )


def main() -> None:
    """Tables, and the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    if not (folder / "comtrade_2024.csv.gz").exists():
        print(f"the figures are not at {folder}: nothing to prove")
        return
    pairs, baci, (worlds, added_up) = load(folder)
    heading("BACI V202601, 30 materials of 2024, rebuilt from raw UN Comtrade", "numpy", "scipy")
    print(
        f"The largest of several values is the total: over partners it gives the World row in {added_up:,} of {worlds:,} cases."
    )
    tables = rebuilt(pairs)
    found = [agreement(name, pairs, usd, baci) for name, usd in tables.items()]
    print()
    table(
        ("way", "top right", "top 3", "share error", "off", "correlation of logs", "flows", "level"),
        (
            (one.name, f"{one.top} of {len(one.materials)}", f"{one.mean(2):.2f}", f"{one.mean(3):.2f}", f"{one.mean(4):.1f}",
             f"{one.correlation:.4f}", one.flows, f"{one.level:.3f}")
            for one in found
        ),
    )  # fmt: skip
    ours = found[2]
    usd = tables[ours.name]
    print("By material, ours in FOB; flows in million dollars:\n")
    table(
        ("material", "top", "BACI's", "top 3", "share error", "off", "flow that differs most"),
        (
            (good, row[0], row[1], row[2], f"{row[3]:.2f}", f"{row[4]:.1f}", why(pairs, usd, baci, good))
            for good, row in sorted(ours.materials.items(), key=lambda item: -item[1][4])
        ),
    )
    kept = ours.top >= 26 and ours.mean(3) <= 1.5 and ours.correlation >= 0.98
    sys.exit(not kept)


if __name__ == "__main__":
    main()
