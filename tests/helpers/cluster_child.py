"""A driver of a cluster, as a process of its own: one stage on a lake, given and answered as pickled files."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

from stopgap.lake.engines.engine_options import EngineOptions
from stopgap.lake.engines.spark import spark_on
from stopgap.lake.snapshot import take_snapshot


def main() -> None:
    """Run the stage in the file of the first argument, and write its rows to that of the second."""
    stage, params, lake, master = pickle.loads(Path(sys.argv[1]).read_bytes())
    with spark_on(take_snapshot(lake), EngineOptions("spark", spark_master=master)) as spark:
        Path(sys.argv[2]).write_bytes(pickle.dumps(spark.run(stage, params=params)))


if __name__ == "__main__":
    main()
