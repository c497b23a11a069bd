"""Open and close sessions of Spark: on this machine, on a cluster, or behind Spark Connect."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from typing import Any

from stopgap.base.errors import MissingDataError
from stopgap.lake.engine_options import EngineOptions


@contextlib.contextmanager
def open_session(options: EngineOptions) -> Iterator[Any]:
    """Yield a Spark session, and end it if it was started here; refuses (MissingDataError) if Spark or Java is missing."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise MissingDataError(
            "the Spark engine is not installed",
            where="--engine spark",
            fix="pip install 'stopgap[spark]', and a Java 17 runtime; or leave --engine out",
        ) from error
    if shutil.which("java") is None:
        raise MissingDataError(
            "the Spark engine needs a Java runtime, and none was found",
            where="--engine spark (PATH)",
            fix="install Java 17 (Debian and Ubuntu: apt-get install openjdk-17-jre-headless); or leave --engine out",
        )
    session = (
        SparkSession.builder.master(options.master)
        .appName("stopgap")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        # What goes wrong reaches us as an exception; its logs and bars are not for the user's screen.
        .config("spark.log.level", "OFF")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.execution.arrow.pyspark.enabled", "true")
        .getOrCreate()
    )
    try:
        yield session
    finally:
        session.stop()
