"""Simulated worlds turned round: the target's imports become those of three members, and the coalition one seller.

The planted dollars stay what they are: exports that replaced those of the seller which lost. So the truth of a world
holds for the episode of importers too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from simulated_lake import SimulatedLake, simulated_lake

from stopgap.base.sql import listed
from stopgap.base.vocab import Direction, EpisodeRole
from stopgap.lake.views import REPORTED_SQL
from stopgap.simulate.worlds import SimulatedWorld

BUYERS = {"LUX": 0.55, "MLT": 0.3, "CYP": 0.15}  # members and their parts of what the target bought
CIF = 1.08
SILENT_SHARE = 3  # every third supplier reports no exports: other importers do


@contextlib.contextmanager
def importer_lake(world: SimulatedWorld, *, gaps: int = 0, silent: bool = True) -> Iterator[SimulatedLake]:
    """The world as importers report it.

    Args:
        world: From :func:`stopgap.simulate.worlds.make_world`.
        gaps: Months of the after-window that the smallest member does not report.
        silent: Whether every third supplier outside reports no exports; the importers elsewhere report its trade.
    """
    names, roles = world.plan.names.economies, world.plan.roles
    target, sellers = names[0], [names[at] for at in roles.members]
    quiet = (
        [name for at, name in enumerate(names) if at % SILENT_SHARE == 0 and name not in (target, *sellers)]
        if silent
        else []
    )
    with simulated_lake(world) as lake:
        con = lake.engine.con
        columns = [name for (name, *_) in con.execute("DESCRIBE trade_rows").fetchall()]
        con.execute("ALTER TABLE trade_rows RENAME TO drawn_rows")
        seller = f"CASE WHEN {{}} IN ({listed(sellers)}) THEN '{sellers[0]}' ELSE {{}} END"
        reporter, partner = seller.format("reporter", "reporter"), seller.format("partner", "partner")
        base = f"SELECT * REPLACE ({reporter} AS reporter, {partner} AS partner) FROM drawn_rows WHERE flow = 'X' AND kind = 'economy'"
        con.execute(f"CREATE TABLE sold AS SELECT * FROM ({base}) WHERE reporter <> partner AND reporter <> '{target}'")
        own = "SELECT * REPLACE ('M' AS flow, 'CIF' AS valuation, {buyer} AS reporter, reporter AS partner, value_usd * {share} AS value_usd, net_kg * {weight} AS net_kg) FROM sold WHERE {where}"
        parts = [
            own.format(buyer=f"'{name}'", share=share * CIF, weight=share, where=f"partner = '{target}'")
            for name, share in BUYERS.items()
        ]
        parts.append(
            own.format(
                buyer="partner",
                share=CIF,
                weight=1,
                where=f"partner <> '{target}' AND reporter IN ({listed(quiet or [''])})",
            )
        )
        parts.append(f"SELECT * FROM sold WHERE partner <> '{target}' AND reporter NOT IN ({listed(quiet or [''])})")
        con.execute(f"CREATE TABLE trade_rows AS SELECT {', '.join(columns)} FROM ({' UNION ALL '.join(parts)})")
        if gaps:
            con.execute(
                "DELETE FROM trade_rows WHERE reporter = 'CYP' AND period IN "
                f"(SELECT DISTINCT period FROM trade_rows WHERE frequency = 'M' ORDER BY period DESC LIMIT {int(gaps)})"
            )
        con.execute("DROP VIEW IF EXISTS trade")
        con.execute("DROP TABLE reported")
        con.execute(f"CREATE TABLE reported AS {REPORTED_SQL}")
        con.execute(
            "CREATE VIEW trade AS SELECT * EXCLUDE (kind, currency, value_reported, usd_per_unit) FROM trade_rows WHERE kind = 'economy'"
        )
        episode = replace(
            lake.episode,
            target=sellers[0],
            direction=Direction.IMPORTS_FROM_TARGET,
            role=EpisodeRole.SUPPLIERS_TO_COALITION,
            coalition=tuple(BUYERS),
        )
        yield replace(lake, episode=episode)
