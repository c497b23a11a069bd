"""Simulated worlds in which a reporter falls silent after the event, whether it sold to the target before or not."""

from __future__ import annotations

import random
from dataclasses import dataclass

from simulated_lake import SimulatedLake, simulated_lake

from stopgap.lake.views import REPORTED_SQL
from stopgap.measures.backfill.results import Coverage
from stopgap.measures.backfill.run import Extent, measure_list_on
from stopgap.panel.episodes import month_start
from stopgap.panel.prepare import MeasureOptions
from stopgap.simulate.spec import world_spec
from stopgap.simulate.worlds import make_world

KINDS = ("basic", "annual", "gaps", "sparse", "routing", "growth")
SMALL = {"economies": 12, "goods": 6, "sanctioned_goods": 3, "members": 3, "hubs": 1}


@dataclass(frozen=True)
class Fallen:
    """A reporter that fell silent in a world, and whom the measure names before and after that."""

    kind: str
    seed: int
    reporter: str
    sold_before: bool
    named_before: frozenset[str]
    named: frozenset[str]
    unseen: frozenset[str]

    def faults(self) -> list[str]:
        """What does not hold."""
        about = f"{self.kind} {self.seed}: {self.reporter}, {'sold' if self.sold_before else 'sold nothing'} before"
        found = []
        if self.reporter not in self.named:
            found.append(f"{about}, is silent and not named")
        if strangers := self.named - self.named_before - {self.reporter}:
            found.append(f"{about}: {', '.join(sorted(strangers))} named too")
        if (self.reporter in self.unseen) == self.sold_before:
            found.append(f"{about}: among those who sold nothing: {self.reporter in self.unseen}")
        return found


def fallen_in(seed: int, reporters: int = 2) -> list[Fallen]:
    """One world of a kind drawn by its seed, in which some reporters fall silent, one after the other."""
    chance = random.Random(seed)
    kind = chance.choice(KINDS)
    found = []
    with simulated_lake(make_world(world_spec(kind, seed, **SMALL))) as lake:
        before = _named(lake)
        names = _never_silent(lake, before)
        lake.engine.con.execute("CREATE TABLE all_rows AS SELECT * FROM trade_rows")
        for reporter in chance.sample(names, min(reporters, len(names))):
            sold_before = chance.random() < 0.5
            _silence(lake, reporter, keeps_sales=sold_before)
            now = _named(lake)
            found.append(
                Fallen(
                    kind,
                    seed,
                    reporter,
                    _sold(lake, reporter),
                    frozenset(before.missing_reporters),
                    frozenset(now.missing_reporters),
                    frozenset(now.missing_without_baseline_trade),
                )
            )
            _put_rows(lake, "SELECT * FROM all_rows")
    return found


def _named(lake: SimulatedLake) -> Coverage:
    # By hand, or a world with many gaps is refused for its short baseline.
    options = MeasureOptions(baseline=lake.episode.baseline)
    return measure_list_on(lake.engine, lake.snapshot, lake.episode, lake.goods, options, extent=Extent.BRIEF).coverage


def _never_silent(lake: SimulatedLake, coverage: Coverage) -> list[str]:
    rows = lake.engine.con.execute("SELECT DISTINCT reporter FROM trade_rows WHERE flow = 'X'").fetchall()
    return sorted({row[0] for row in rows} - {lake.episode.target, *coverage.missing_reporters})


def _silence(lake: SimulatedLake, reporter: str, *, keeps_sales: bool) -> None:
    """Take out a reporter's rows from the event on; its earlier sales to the target too, unless they are kept."""
    event = month_start(lake.episode.event).replace(month=1) if _is_annual(lake) else month_start(lake.episode.event)
    _put_rows(
        lake,
        f"""SELECT * FROM all_rows WHERE reporter <> '{reporter}' OR (period < DATE '{event}'
            AND ({keeps_sales} OR partner <> '{lake.episode.target}'))""",
    )


def _is_annual(lake: SimulatedLake) -> bool:
    return lake.world.spec.annual


def _put_rows(lake: SimulatedLake, sql: str) -> None:
    con = lake.engine.con
    con.execute(f"CREATE OR REPLACE TABLE trade_rows AS {sql}")
    con.execute(f"CREATE OR REPLACE TABLE reported AS {REPORTED_SQL}")


def _sold(lake: SimulatedLake, reporter: str) -> bool:
    """Whether it sold the listed goods to the target in the baseline."""
    goods = ", ".join(f"'{item.code}'" for item in lake.goods.items)
    first, last = lake.episode.baseline.first, lake.episode.baseline.last
    bounds = "" if first is None or last is None else f"AND strftime(period, '%Y-%m') BETWEEN '{first}' AND '{last}'"
    [(total,)] = lake.engine.con.execute(
        f"""SELECT coalesce(sum(value_usd), 0) FROM trade_rows WHERE reporter = '{reporter}' AND flow = 'X'
            AND partner = '{lake.episode.target}' AND good IN ({goods}) {bounds}"""
    ).fetchall()
    return bool(total > 0)
