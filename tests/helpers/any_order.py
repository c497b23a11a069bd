"""An engine that gives the rows of every stage in another order, as a database may where no order is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stopgap.lake.engines.engine import Engine, Scalar
from stopgap.lake.stage import Stage


@dataclass
class AnyOrder:
    """Asks another engine, and shuffles what it answers.

    Attributes:
        engine: The engine asked.
        seed: Of the order.
        shuffled: Names of the stages whose rows came in another order.
    """

    engine: Engine
    seed: int
    name: str = "any order"

    def __post_init__(self) -> None:
        self.shuffled: set[str] = set()

    def run(
        self, stage: Stage, *, tables: Mapping[str, pa.Table] | None = None, params: Mapping[str, Scalar] | None = None
    ) -> pa.Table:
        """Run a stage and return its rows in an order of the seed."""
        found = self.engine.run(stage, tables=tables, params=params)
        if found.num_rows < 2:
            return found
        self.shuffled.add(stage.name)
        return found.take(np.random.default_rng(self.seed).permutation(found.num_rows))
