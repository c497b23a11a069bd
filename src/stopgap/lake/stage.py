"""A stage: one named SELECT in DuckDB's dialect over relations and other stages."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import pyarrow as pa

OnCopy = Callable[[Any, Mapping[str, pa.Table], Mapping[str, Any]], "pa.Table | None"]
"""Called with the engine on a native copy, small tables and scalars."""

NOTHING_KEPT: Mapping[Stage, str] = MappingProxyType({})


@dataclass(frozen=True)
class Stage:
    """One named SELECT in DuckDB's dialect, over relations and the stages it needs; ``$name`` are bound scalars.

    Attributes:
        is_shared: Whether several stages of a run read its rows, so that an engine may keep them.
        on_copy: Works out the same rows from the arrays or tables of a native copy
            (:mod:`stopgap.lake.engines.period_arrays`, :mod:`stopgap.lake.engines.held_tables`), or returns ``None`` where it cannot; tests hold both equal.
    """

    name: str
    sql: str
    needs: tuple[Stage, ...] = ()
    is_shared: bool = False
    on_copy: OnCopy | None = field(default=None, compare=False)

    def ordered(self) -> list[Stage]:
        """Return this stage and all stages it needs, each once, before those that use it."""
        seen: dict[str, Stage] = {}

        def visit(stage: Stage) -> None:
            for needed in stage.needs:
                visit(needed)
            seen.setdefault(stage.name, stage)

        visit(self)
        return list(seen.values())

    @functools.cached_property
    def statement(self) -> str:
        """The whole statement, with the needed stages as CTEs."""
        return self.compiled()

    def compiled(self, kept: Mapping[Stage, str] = NOTHING_KEPT) -> str:
        """Return the whole statement, with the needed stages as CTEs; ``kept`` stages are read from their relations."""
        parts = ",\n".join(f"{stage.name} AS (\n{stage.sql.strip()}\n)" for stage in self._reading(kept).ordered())
        return f"WITH {parts}\nSELECT * FROM {self.name}"

    def _reading(self, kept: Mapping[Stage, str]) -> Stage:
        if not kept:
            return self
        if self in kept:
            return Stage(self.name, f"SELECT * FROM {kept[self]}")
        return replace(self, needs=tuple(each._reading(kept) for each in self.needs))
