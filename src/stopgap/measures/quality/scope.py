"""Scope, outlier thresholds and counted rows of the quality report.

Values are summed at one code level per (source, frequency, flow, reporter, period, chapter): the
finest level that holds at least 95 % of the largest level's value. Levels are never added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache

from stopgap.base.sql import listed, quoted
from stopgap.base.vocab import Frequency
from stopgap.codes.areas import areas
from stopgap.lake.engines.engine import Scalar
from stopgap.lake.stage import Stage

REMAINDERS: Mapping[str, tuple[str, ...]] = {
    "not specified": (
        "A49", "A59", "A79", "A79_LAIA", "ASIA_NES", "E19", "E29", "E49", "F19", "F49", "F97", "INT_ORG", "O19", "QU", "QV", "QW",
        "R20", "R91", "_AC", "_X",
    ),
    "confidential": ("QX", "QY", "QZ", "XX"),
    "bunkers and stores": ("QQ", "QR", "QS", "X1"),
    "free zones and high seas": ("QP", "X2"),
}  # fmt: skip
"""Residual partner codes, for trade not assigned to an economy. Unlike totals, no other row contains this trade."""

LOOKED_BACK = {Frequency.MONTHLY: 12, Frequency.ANNUAL: 3}
"""Number of preceding periods that define the usual behaviour of a reporter or a series."""

IS_CODE = "regexp_matches(good, '^[0-9]+$')"
CHAPTER = f"CASE WHEN {IS_CODE} THEN substr(good, 1, 2) ELSE good END"
REPORTER = ("source", "frequency", "flow", "reporter")
SERIES = (*REPORTER, "partner", "good")


@cache
def aggregates() -> tuple[str, ...]:
    """Return the codes that are not a single economy: residual partners, and totals already in other rows."""
    return tuple(sorted(code for code, area in areas().items() if area.kind == "aggregate"))


@dataclass(frozen=True)
class Thresholds:
    """Thresholds for partial periods, regular series, outliers, the mirror band and rounding."""

    regular_months: int = 10  # a series is regular with trade in so many of the last 12 (annual: in each of the last 3)
    absent_share: float = 0.1  # a period that lacks more than this of the reporter's regular chapters is partial
    partial_share: float = 0.5  # and one with fewer codes than this share of the mean of the 12 (3) before
    group_floor: int = 20  # fewest rows of a good and flow among which a unit value is judged
    outlier_z: float = 3.5  # robust z of the log unit value beyond which it is listed
    outlier_factor: float = 3.0  # and how many times the median it is at least, or its part
    cif_low: float = 1.0  # band of imports (CIF) by exports (FOB) of the same trade
    cif_high: float = 1.2
    fob_low: float = 0.9  # the same where the importer reports FOB
    fob_high: float = 1.1
    rounding_floor: int = 20  # fewest figures of a reporter from which rounding is read

    def params(self) -> dict[str, Scalar]:
        """Return the thresholds as SQL parameters of the stages."""
        return asdict(self)


@dataclass(frozen=True)
class Scope:
    """Part of the lake that the quality report covers; with the defaults, all of it."""

    source: str | None = None
    reporter: str | None = None  # one reporter; others stay in the groups that it is compared with
    economies: tuple[str, ...] = ()  # trade in which one of these is reporter or partner
    chapters: tuple[str, ...] = ()  # two-digit chapters, and composites by name

    def of_rows(self) -> str:
        """Return the SQL condition for rows of ``trade``."""
        parts = [f"source = {quoted(self.source)}"] if self.source else []
        if self.economies:
            inside = listed(self.economies)
            parts.append(f"(reporter IN ({inside}) OR partner IN ({inside}))")
        if self.chapters:
            parts.append(f"{CHAPTER} IN ({listed(self.chapters)})")
        return " AND ".join(["good <> 'TOTAL'", *parts])

    def of_reports(self) -> str:
        """Return the SQL condition for rows of ``reported``."""
        parts = [f"source = {quoted(self.source)}"] if self.source else []
        if self.chapters:
            parts.append(f"chapter IN ({listed(self.chapters)})")
        return " AND ".join([f"reporter NOT IN ({listed(aggregates())})", *parts])

    def of_one(self, *columns: str) -> str:
        """Return the SQL condition that keeps the chosen reporter in one of ``columns``; ``true`` if none is chosen."""
        if self.reporter is None:
            return "true"
        return "(" + " OR ".join(f"{column} = {quoted(self.reporter)}" for column in columns) + ")"


_REMAINDER_CODES = tuple(code for codes in REMAINDERS.values() for code in codes)
_WHEN = " ".join(f"WHEN partner IN ({listed(codes)}) THEN {quoted(kind)}" for kind, codes in REMAINDERS.items())
_COLUMNS = (
    f"source, frequency, flow, reporter, partner, period, good, revision, {CHAPTER} AS chapter, "
    f"CASE WHEN {IS_CODE} THEN length(good) ELSE 0 END AS level, value_usd, net_kg, is_estimated, valuation, "
    "currency, value_reported, receipt"
)


def exact(expression: str) -> str:
    """Return SQL for a sum of dollars as a decimal, so that partial sums add exactly."""
    return f"sum(CAST({expression} AS DECIMAL(28, 6)))"


def on(columns: tuple[str, ...], left: str, right: str) -> str:
    return " AND ".join(f"{left}.{name} = {right}.{name}" for name in columns)


def runs_of(relation: str, keys: str, sums: Mapping[str, str]) -> str:
    """Return SQL that adds to each row its series' sums over the last 12 periods (annual: 3) and its next place.

    ``place`` numbers the periods that the reporter reported, so the reporter's own gaps do not count.
    """
    order = f"PARTITION BY {keys} ORDER BY place"
    parts = []
    for frequency, periods in LOOKED_BACK.items():
        recent = f"OVER ({order} RANGE BETWEEN {periods - 1} PRECEDING AND CURRENT ROW)"
        columns = ", ".join(f"{expression} {recent} AS {name}" for name, expression in sums.items())
        parts.append(
            f"SELECT *, lead(place) OVER ({order}) AS next_place, {columns} FROM {relation} WHERE frequency = '{frequency}'"
        )
    return " UNION ALL ".join(parts)


def counted_rows(scope: Scope) -> Stage:
    """Build the stage of rows of economies and residual partners, each once; ``partner_kind`` says which."""
    return Stage(
        "counted",
        f"""
        SELECT {_COLUMNS}, 'economy' AS partner_kind FROM trade
        WHERE {scope.of_rows()} AND value_usd IS NOT NULL
        UNION ALL
        SELECT {_COLUMNS}, CASE {_WHEN} END AS partner_kind FROM trade_aggregates
        WHERE {scope.of_rows()} AND value_usd IS NOT NULL
            AND partner IN ({listed(_REMAINDER_CODES)}) AND reporter NOT IN ({listed(aggregates())})
        """,
    )


def levelled_rows(scope: Scope) -> Stage:
    """Build the stage of rows of economies and residual partners, at one code level."""
    counted = counted_rows(scope)
    keys = (*REPORTER, "period", "chapter")
    names = ", ".join(keys)
    level_sums = Stage(
        "level_sums",
        f"SELECT {names}, level, sum(value_usd) AS value_usd FROM counted GROUP BY {names}, level",
        (counted,),
    )
    # Few groups have a second level: what is left out is joined, not what is kept.
    left_out = Stage(
        "left_out",
        f"""
        SELECT {names}, level FROM (
            SELECT {names}, level, max(CASE WHEN value_usd >= 0.95 * most THEN level END) OVER (PARTITION BY {names}) AS taken
            FROM (
                SELECT {names}, level, value_usd, max(value_usd) OVER (PARTITION BY {names}) AS most FROM level_sums
            ) AS held
        ) AS chosen WHERE level <> taken
        """,
        (level_sums,),
    )
    return Stage(
        "levelled",
        f"""
        SELECT c.* FROM counted AS c
        LEFT JOIN left_out AS l ON {on((*keys, "level"), "c", "l")}
        WHERE l.source IS NULL
        """,
        (counted, left_out),
    )
