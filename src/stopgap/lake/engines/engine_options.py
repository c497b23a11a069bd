"""Options of the engine that runs the stages: DuckDB, or Spark on this machine, on a cluster or behind Spark Connect."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from stopgap.base.errors import UsageError
from stopgap.base.request import Option
from stopgap.lake.query.limits import size_of

LEAST_DUCKDB = 64 * 10**6
LEAST_SPARK = 512 * 10**6  # less, and Spark does not start
_MASTER = re.compile(r"local(\[(\d+|\*)\])?|spark://[^\s/:]+:\d+(,[^\s/:]+:\d+)*")
_REMOTE = re.compile(r"sc://(?P<host>\[[0-9a-fA-F:.]+\]|[^\s/:;]+)(:(?P<port>\d+))?(/;?\S*)?")
_CONNECT_PORT = 15002


class EngineName(StrEnum):
    """What runs the stages."""

    DUCKDB = "duckdb"
    SPARK = "spark"


@dataclass(frozen=True)
class EngineOptions:
    """The engine that runs the stages of a measure, and what it may use.

    Attributes:
        engine: ``duckdb`` or ``spark``.
        spark_master: Master of a Spark cluster (``spark://host:port``), or Spark in this process on some processors
            (``local[4]``); ``None`` takes all processors of this machine.
        spark_remote: Address of a Spark Connect server (``sc://host:port``), of Spark or of Sail.
        memory_limit: Memory that DuckDB, or the driver of Spark, may use, such as ``1GB``.

    Raises:
        UsageError: An engine, address or size that is none, or options that do not go together.
    """

    engine: str = EngineName.DUCKDB
    spark_master: str | None = None
    spark_remote: str | None = None
    memory_limit: str | None = None

    def __post_init__(self) -> None:
        if self.engine not in list(EngineName):
            raise UsageError(f"no engine {self.engine!r}", where="--engine", fix=f"use {' or '.join(EngineName)}")
        for option, value in (("--spark-master", self.spark_master), ("--spark-remote", self.spark_remote)):
            if value is not None and self.engine != EngineName.SPARK:
                what = f"{option} is for the Spark engine, and {self.engine} was asked for"
                raise UsageError(what, where=option, fix=f"add --engine spark, or leave {option} out")
        if self.spark_master is not None and self.spark_remote is not None:
            what = "a master and a Spark Connect server were both named"
            raise UsageError(what, where="--spark-master, --spark-remote", fix="name one of them")
        if self.spark_master is not None:
            self._check_master(self.spark_master)
        if self.spark_remote is not None and not _REMOTE.fullmatch(self.spark_remote):
            fix = "give sc://HOST:PORT, such as sc://localhost:15002"
            raise UsageError(f"{self.spark_remote!r} is no address of Spark Connect", where="--spark-remote", fix=fix)
        if self.spark_remote is not None and self.memory_limit is not None:
            what = "the memory of a Spark Connect server is set where it is started, not by those who ask it"
            raise UsageError(what, where="--memory-limit", fix="leave --memory-limit out")
        self._memory()

    @staticmethod
    def _check_master(master: str) -> None:
        if not _MASTER.fullmatch(master) or master == "local[0]":
            fix = "give spark://HOST:PORT for a cluster, or local[4] for four processors of this machine"
            if master.startswith("sc://"):
                fix = f"a Spark Connect server is given as --spark-remote {master}"
            raise UsageError(f"{master!r} is no master of Spark", where="--spark-master", fix=fix)

    @property
    def is_spark(self) -> bool:
        """Whether Spark runs the stages."""
        return self.engine == EngineName.SPARK

    @property
    def master(self) -> str:
        """Master of Spark: as given, else the processors of this machine."""
        return self.spark_master or f"local[{os.cpu_count() or 1}]"

    @property
    def is_local(self) -> bool:
        """Whether Spark runs in this process alone."""
        return self.spark_remote is None and self.master.startswith("local")

    @property
    def remote_address(self) -> tuple[str, int]:
        """Host and port of the Spark Connect server."""
        found = _REMOTE.fullmatch(self.spark_remote or "")
        assert found is not None
        return found["host"].strip("[]"), int(found["port"] or _CONNECT_PORT)

    @property
    def memory_bytes(self) -> int | None:
        """Memory that may be used, in bytes; ``None`` for the engine's own limit."""
        return self._memory()

    def _memory(self) -> int | None:
        if self.memory_limit is None:
            return None
        return size_of(self.memory_limit, "--memory-limit", least=LEAST_SPARK if self.is_spark else LEAST_DUCKDB)


DUCKDB = EngineOptions()
"""The engine where none is asked for."""


@dataclass(frozen=True, kw_only=True)
class EngineRequest:
    """Options that choose the engine of a measure."""

    engine: Annotated[str, Option("Engine that runs the stages.", choices=EngineName, is_late=True)] = EngineName.DUCKDB
    spark_master: Annotated[
        str | None,
        Option(
            "With --engine spark: master of a cluster (spark://HOST:PORT), or processors of this machine (local[4]; "
            "default: all).",
            metavar="MASTER",
            is_late=True,
        ),
    ] = None
    spark_remote: Annotated[
        str | None,
        Option(
            "With --engine spark: a Spark Connect server, of Spark or Sail (sc://HOST:PORT).",
            metavar="ADDRESS",
            is_late=True,
        ),
    ] = None
    memory_limit: Annotated[
        str | None,
        Option(
            "Memory that DuckDB, or the driver of Spark, may use, such as 1GB; what does not fit is spilled to disk.",
            metavar="SIZE",
            is_late=True,
        ),
    ] = None

    def engine_options(self) -> EngineOptions:
        """Return the engine that was asked for.

        Raises:
            UsageError: An engine, address or size that is none, or options that do not go together.
        """
        return EngineOptions(str(self.engine), self.spark_master, self.spark_remote, self.memory_limit)
