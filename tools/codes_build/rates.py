"""Exchange rates, kept in the direction of the source: units of a currency for one dollar."""

from __future__ import annotations

import itertools

from codes_build.common import INPUT, REFERENCE, read_csv, write_csv

FIRST_MONTH = "2005-01"
# Bounds of one unit's value that hold for the whole series: a series that turned
# round (dollars per unit instead of units per dollar) leaves them at once.
PEGS = {("HKD", "USD"): (7.74, 7.86), ("DKK", "EUR"): (7.40, 7.50)}
LARGEST_STEP = 0.35


def build_rates() -> list[str]:
    """Writes fx_units_per_usd.csv after checking each series' direction and continuity."""
    wanted = read_csv(INPUT / "currencies.csv")
    names = {row["file_name"]: row["currency"] for row in wanted}
    series: dict[str, dict[str, str]] = {row["currency"]: {} for row in wanted}
    for row in read_csv(REFERENCE / "exchange-rates" / "monthly.csv"):
        month = row["Date"][:7]
        if row["Country"] in names and month >= FIRST_MONTH and row["Exchange rate"]:
            series[names[row["Country"]]][month] = row["Exchange rate"]
    for row in wanted:
        _check_direction(row, series[row["currency"]])
    for (pegged, anchor), bounds in PEGS.items():
        for month, units in series[pegged].items():
            ratio = float(units) / (1.0 if anchor == "USD" else float(series[anchor][month]))
            if not bounds[0] <= ratio <= bounds[1]:
                raise SystemExit(f"{pegged} {month}: {ratio} {pegged} for one {anchor}")
    months = sorted({month for values in series.values() for month in values})
    currencies = sorted(series)
    return [
        write_csv(
            "fx_units_per_usd.csv",
            ["month", *currencies],
            ([month, *(series[c].get(month, "") for c in currencies)] for month in months),
        )
    ]


def _check_direction(row: dict[str, str], values: dict[str, str]) -> None:
    anchor = 1.0 / float(values[row["anchor_month"]])
    if not float(row["usd_per_unit_low"]) <= anchor <= float(row["usd_per_unit_high"]):
        raise SystemExit(f"{row['currency']} {row['anchor_month']}: {anchor} dollars for one unit is not plausible")
    months = sorted(values)
    for before, after in itertools.pairwise(months):
        step = abs(float(values[after]) / float(values[before]) - 1)
        if step > LARGEST_STEP:
            raise SystemExit(f"{row['currency']} {after}: a step of {step:.0%} in a month")
